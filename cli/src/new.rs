//! `turnlog new`: a project of its own for a game, which builds, plays and passes its tests at once.

use std::{
    error::Error,
    fs,
    io::{self, Write as _},
    path::{Path, PathBuf},
};

use clap::{Args, ValueEnum};

/// Where this checkout of Turnlog was when the command was built.
const CHECKOUT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");
/// Where the documents are to be found for whoever has no checkout.
const CRATE: &str = "https://docs.rs/turnlog";
const NAME_LENGTH_MAX: usize = 40;

/// Names that mean something else to Rust, to cargo, or in the project itself.
const TAKEN: [&str; 45] = [
    "abstract",
    "alloc",
    "as",
    "async",
    "await",
    "become",
    "box",
    "break",
    "const",
    "continue",
    "core",
    "crate",
    "do",
    "dyn",
    "else",
    "enum",
    "extern",
    "false",
    "final",
    "fn",
    "for",
    "functions",
    "if",
    "impl",
    "in",
    "let",
    "loop",
    "macro",
    "match",
    "mod",
    "move",
    "proc-macro",
    "pub",
    "ref",
    "return",
    "schemars",
    "self",
    "serde",
    "static",
    "std",
    "struct",
    "super",
    "test",
    "turnlog",
    "type",
];

/// Types that the files of rules use by themselves.
const TYPES: [&str; 22] = [
    "Action", "Chance", "Default", "Err", "Event", "Form", "Illegal", "Kind", "Kinds", "Mark", "Marked", "Ok",
    "Option", "Options", "Outcome", "Play", "Rules", "Seat", "Some", "Take", "Taken", "View",
];

/// The options of `turnlog new`.
#[derive(Debug, Args)]
pub(crate) struct New {
    /// The folder to make. Its last part is the name of the game: small letters, digits and hyphens.
    folder: PathBuf,
    /// The small complete game to start from.
    #[arg(long, value_enum, default_value_t)]
    kind: Start,
    /// The checkout of Turnlog to depend on [default: the one that this command was built from].
    #[arg(long, value_name = "FOLDER", conflicts_with = "version")]
    path: Option<PathBuf>,
    /// Depends on this released version instead of on a checkout.
    #[arg(long, value_name = "VERSION")]
    version: Option<String>,
}

/// What a project starts from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(crate) enum Start {
    /// A heap of stones: the shortest.
    #[default]
    Heap,
    /// Dice: chance, and two to four players.
    Dice,
    /// Cards: chance and hidden hands.
    Cards,
    /// A board of cells.
    Grid,
}

/// The rules of a game to start from, and its golden log.
macro_rules! texts {
    ($name:literal) => {
        [
            include_str!(concat!("../new/rules/", $name, ".rs")),
            include_str!(concat!("../new/golden/", $name, ".1.jsonl")),
            include_str!(concat!("../new/golden/", $name, ".1.json")),
        ]
    };
}

impl Start {
    fn texts(self) -> [&'static str; 3] {
        match self {
            Self::Heap => texts!("heap"),
            Self::Dice => texts!("dice"),
            Self::Cards => texts!("cards"),
            Self::Grid => texts!("grid"),
        }
    }
}

/// Makes the project.
pub(crate) fn run(arguments: &New) -> Result<(), Box<dyn Error>> {
    let folder = &arguments.folder;
    let name = folder.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    check_name(name)?;
    let turnlog = Turnlog::named(arguments)?;
    if !is_empty(folder)? {
        return Err(format!("{} is not empty; a project is made in a new or empty folder", folder.display()).into());
    }
    for (file, text) in files(name, arguments.kind, &turnlog) {
        let path = folder.join(file);
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent)?;
        }
        fs::write(&path, text).map_err(|error| format!("{}: {error}", path.display()))?;
    }
    turnlog.lock(folder)?;
    let mut out = io::stdout();
    writeln!(out, "{name} is in {}. Play it:\n\n    cd {}\n    cargo run\n", folder.display(), folder.display())?;
    Ok(writeln!(out, "Its rules are src/lib.rs. `cargo test` tries the laws of every game on them.")?)
}

/// What a project depends on.
struct Turnlog {
    /// As a manifest says it, without braces.
    source: String,
    /// Where the documents are.
    docs: String,
    checkout: Option<PathBuf>,
}

impl Turnlog {
    fn named(arguments: &New) -> Result<Self, Box<dyn Error>> {
        if let Some(version) = &arguments.version {
            let source = format!("version = {}", quoted(version));
            return Ok(Self { source, docs: CRATE.to_owned(), checkout: None });
        }
        let named = arguments.path.clone().unwrap_or_else(|| PathBuf::from(CHECKOUT));
        let absent = |_| format!("there is no checkout of Turnlog in {}; name one with --path", named.display());
        let checkout = named.canonicalize().map_err(absent)?;
        let package = checkout.join("turnlog");
        if !package.join("Cargo.toml").is_file() {
            return Err(absent(io::Error::from(io::ErrorKind::NotFound)).into());
        }
        let text = package.to_str().ok_or("the path of the checkout is no UTF-8, which a manifest needs")?;
        let docs = checkout.display().to_string();
        Ok(Self { source: format!("path = {}", quoted(text)), docs, checkout: Some(checkout) })
    }

    /// The value of the dependency in a manifest.
    fn with(&self, features: &str) -> String {
        if features.is_empty() {
            return format!("{{ {} }}", self.source);
        }
        format!("{{ {}, features = [{features}] }}", self.source)
    }

    /// Takes over the versions of the checkout, which are known to work together.
    fn lock(&self, folder: &Path) -> io::Result<()> {
        let lock = self.checkout.as_ref().map(|checkout| checkout.join("Cargo.lock")).filter(|lock| lock.is_file());
        match lock {
            Some(lock) => fs::copy(lock, folder.join("Cargo.lock")).map(|_| ()),
            None => Ok(()),
        }
    }
}

/// Every file of a project, with its text.
fn files(name: &str, start: Start, turnlog: &Turnlog) -> Vec<(String, String)> {
    let [rules, messages, end] = start.texts();
    let fill = |text: &str| {
        text.replace("__NAME__", name)
            .replace("__KIND__", name)
            .replace("__CRATE__", &name.replace('-', "_"))
            .replace("__TYPE__", &type_name(name))
            .replace("__TITLE__", &title(name))
            .replace("__DOCS__", &turnlog.docs)
            .replace("__TURNLOG__", &turnlog.with(""))
            .replace("__TURNLOG_TESTING__", &turnlog.with("\"testing\""))
    };
    let template = include_str!("../../template.yaml")
        .replace("CodeUri: app/functions", "CodeUri: functions")
        .replace("Binary: functions", &format!("Binary: {name}-functions"));
    let golden = |end: &str| format!("tests/golden/{name}.1.{end}");
    let files = [
        ("Cargo.toml", fill(include_str!("../new/manifest.toml"))),
        ("README.md", fill(include_str!("../new/README.md"))),
        (".gitignore", fill(include_str!("../new/gitignore"))),
        ("src/lib.rs", fill(rules)),
        ("src/main.rs", fill(include_str!("../new/main.rs"))),
        ("tests/laws.rs", fill(include_str!("../new/laws.rs"))),
        ("functions/Cargo.toml", fill(include_str!("../new/functions.toml"))),
        ("functions/src/main.rs", fill(include_str!("../new/functions.rs"))),
        ("template.yaml", template),
        ("samconfig.toml", fill(include_str!("../new/samconfig.toml"))),
    ];
    let files = files.into_iter().map(|(file, text)| (file.to_owned(), text));
    files.chain([(golden("jsonl"), fill(messages)), (golden("json"), fill(end))]).collect()
}

fn check_name(name: &str) -> Result<(), String> {
    let is_letter = |character: char| character.is_ascii_lowercase();
    let is_known = |character: char| is_letter(character) || character.is_ascii_digit() || character == '-';
    if !name.starts_with(is_letter) || !name.chars().all(is_known) || name.len() > NAME_LENGTH_MAX {
        let length = NAME_LENGTH_MAX;
        return Err(format!(
            "{name:?} is no name for a game: a small letter, then small letters, digits and hyphens, {length} at most"
        ));
    }
    if name.ends_with('-') || name.contains("--") {
        return Err(format!("{name:?} is no name for a game: a hyphen stands between two words"));
    }
    if TAKEN.contains(&name) {
        return Err(format!("{name:?} means something else to Rust, to cargo, or in the project; choose another name"));
    }
    Ok(())
}

/// Whether nothing is in a folder, or there is none.
fn is_empty(folder: &Path) -> Result<bool, String> {
    match fs::read_dir(folder) {
        Ok(mut entries) => Ok(entries.next().is_none()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(true),
        Err(error) => Err(format!("{}: {error}", folder.display())),
    }
}

/// `rock-paper` as the name of a type: `RockPaper`.
fn type_name(name: &str) -> String {
    let word = |word: &str| {
        let mut letters = word.chars();
        letters.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(letters).collect::<String>()
    };
    let joined: String = name.split('-').map(word).collect();
    if TYPES.contains(&joined.as_str()) { joined + "Game" } else { joined }
}

/// `rock-paper` for people: `Rock paper`.
fn title(name: &str) -> String {
    let mut words = name.replace('-', " ");
    if let Some(first) = words.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    words
}

/// A text as TOML writes it.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_would_not_build_are_refused() {
        for name in ["", "Nim", "1nim", "nim_two", "-nim", "nim-", "a--b", "match", "test", "turnlog", &"n".repeat(41)]
        {
            assert!(check_name(name).is_err(), "{name}");
        }
        for name in ["nim", "rock-paper", "go-9x9", &"n".repeat(40)] {
            assert_eq!(check_name(name), Ok(()), "{name}");
        }
    }

    #[test]
    fn names_become_types_and_titles() {
        assert_eq!((type_name("nim").as_str(), type_name("go-9x9").as_str()), ("Nim", "Go9x9"));
        assert_eq!(type_name("take"), "TakeGame", "the rules have a type of that name");
        assert_eq!(title("rock-paper"), "Rock paper");
    }

    #[test]
    fn nothing_is_left_to_fill_in() {
        let turnlog = Turnlog { source: "version = \"1\"".to_owned(), docs: CRATE.to_owned(), checkout: None };
        for start in Start::value_variants() {
            for (file, text) in files("rock-paper", *start, &turnlog) {
                assert!(!text.contains("__"), "{file} of {start:?}");
            }
        }
    }
}
