//! Every Lambda function of the demonstration, in one binary. The template says which one it is, by `Handler`.

fn main() -> Result<(), turnlog::FunctionError> {
    turnlog::functions(turnlog_games::kinds())
}
