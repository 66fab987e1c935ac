//! Every Lambda function, in one binary. The template says which one it is, by `Handler`.

fn main() -> Result<(), turnlog::FunctionError> {
    turnlog::functions(__CRATE__::kinds())
}
