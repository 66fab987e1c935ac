//! The shape of the workspace: which crate may know which, and within crates which module.

mod modules;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use turnlog_tests::root;

/// The arrows that are allowed: a crate, and what it may depend on. Tests may use the kinds and the testing kit everywhere.
const ALLOWED: [(&str, &[&str]); 14] = [
    ("turnlog-domain", &[]),
    ("turnlog-games", &["turnlog-domain"]),
    ("turnlog-protocol", &["turnlog-domain"]),
    ("turnlog-store", &["turnlog-domain"]),
    ("turnlog-handlers", &["turnlog-domain", "turnlog-protocol", "turnlog-store"]),
    ("turnlog-projections", &["turnlog-domain", "turnlog-protocol", "turnlog-store"]),
    ("turnlog-operations", &["turnlog-domain", "turnlog-protocol", "turnlog-store"]),
    ("turnlog-local", &[]),
    ("turnlog-cli", &["turnlog-domain", "turnlog-protocol", "turnlog-store", "turnlog-operations", "turnlog-local"]),
    ("turnlog-testing", &["turnlog-domain", "turnlog-protocol"]),
    (
        "turnlog",
        &[
            "turnlog-domain",
            "turnlog-store",
            "turnlog-handlers",
            "turnlog-projections",
            "turnlog-local",
            "turnlog-cli",
            "turnlog-testing",
        ],
    ),
    ("turnlog-app", &["turnlog", "turnlog-games"]),
    ("turnlog-app-functions", &["turnlog", "turnlog-games"]),
    (
        "turnlog-tests",
        &[
            "turnlog-domain",
            "turnlog-games",
            "turnlog-handlers",
            "turnlog-local",
            "turnlog-operations",
            "turnlog-projections",
            "turnlog-protocol",
            "turnlog-store",
        ],
    ),
];

/// What the pure crate may use of others.
const DOMAIN_LIBRARIES: [&str; 10] =
    ["hkdf", "hmac", "icu_properties", "rand_chacha", "schemars", "serde", "serde_json", "sha2", "thiserror", "uuid"];

fn packages() -> Vec<Value> {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    let arguments = ["metadata", "--format-version", "1", "--no-deps", "--offline"];
    let output = std::process::Command::new(cargo).args(arguments).current_dir(root()).output().expect("cargo runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata: Value = serde_json::from_slice(&output.stdout).expect("cargo metadata is JSON");
    metadata["packages"].as_array().expect("there are packages").clone()
}

fn dependency_names(dependencies: &Value, keep: impl Fn(&Value) -> bool) -> BTreeSet<&str> {
    let dependencies = dependencies.as_array().expect("it is a list").iter();
    dependencies.filter(|dependency| keep(dependency)).map(|dependency| text(&dependency["name"])).collect()
}

fn text(value: &Value) -> &str {
    value.as_str().expect("it is a text")
}

#[test]
fn crates_depend_only_along_the_allowed_arrows() {
    let allowed: BTreeMap<_, _> = ALLOWED.into_iter().collect();
    let packages = packages();
    assert_eq!(packages.len(), allowed.len(), "every crate of the workspace has its line here");
    for package in &packages {
        let name = text(&package["name"]);
        let of_tests = |dependency: &Value| {
            dependency["kind"] == "dev" && (dependency["name"] == "turnlog-games" || dependency["name"] == "turnlog")
        };
        let ours = dependency_names(&package["dependencies"], |dependency| {
            !dependency["path"].is_null() && !of_tests(dependency)
        });
        let may = allowed.get(name).unwrap_or_else(|| panic!("{name} has no line here"));
        for dependency in ours {
            assert!(may.contains(&dependency), "{name} must not depend on {dependency}");
        }
    }
}

/// Every line of docs/local-stack.md has a test, which is there and names the section of its line.
#[test]
fn every_line_of_awss_behaviour_has_its_test() {
    let tests = tests_with_comments();
    let page = std::fs::read_to_string(root().join("docs/local-stack.md")).expect("the page is there");
    let (mut section, mut lines, mut wrong) = ("", 0, Vec::new());
    for line in page.lines() {
        if let Some(heading) = line.strip_prefix('#') {
            let letter = heading.trim_start_matches('#').split_whitespace().next().unwrap_or_default();
            section = letter.trim_end_matches('.');
        }
        if !line.starts_with("| ") || line.starts_with("| Behaviour") {
            continue;
        }
        lines += 1;
        let named = line.trim_end_matches(" |").rsplit(" | ").next().expect("a row has columns");
        for test in named.split(", ").map(|test| test.trim_matches('`')) {
            match tests.get(test) {
                None => wrong.push(format!("{section}: the test {test} is not there")),
                Some(comments) if comments.iter().any(|comment| names(comment, section)) => {}
                Some(_) => wrong.push(format!("{section}: the test {test} does not name {section} in its comment")),
            }
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
    assert!(lines > 50, "{lines}");
}

/// Whether a comment holds that word: `E` in "E: at least once", and `D.1` in "what D.1 says."
fn names(comment: &str, section: &str) -> bool {
    let between = |letter: char| !(letter.is_alphanumeric() || letter == '.');
    comment.split(between).any(|word| word.trim_end_matches('.') == section)
}

/// Every function without parameters of the local stack and of the integration tests, with the comment above it.
fn tests_with_comments() -> BTreeMap<String, Vec<String>> {
    let mut tests: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut folders = vec![root().join("local/src"), root().join("tests/integration")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).expect("it is a folder") {
            let path = entry.expect("it can be read").path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let mut comment = String::new();
            for line in std::fs::read_to_string(&path).expect("it is text").lines().map(str::trim) {
                if let Some(more) = line.strip_prefix("///") {
                    comment.push_str(more);
                } else if let Some((name, _)) = line.split_once("fn ").and_then(|(_, rest)| rest.split_once("()")) {
                    tests.entry(name.to_owned()).or_default().push(std::mem::take(&mut comment));
                } else if !line.starts_with("#[") {
                    comment.clear();
                }
            }
        }
    }
    tests
}

#[test]
fn the_domain_uses_nothing_that_could_make_it_impure() {
    let packages = packages();
    let domain = packages.iter().find(|package| package["name"] == "turnlog-domain").expect("it is there");
    let normal = dependency_names(&domain["dependencies"], |dependency| dependency["kind"].is_null());
    assert_eq!(normal, DOMAIN_LIBRARIES.into());
}

#[test]
fn nothing_that_is_deployed_has_the_testing_kit() {
    for package in packages() {
        let dependencies = package["dependencies"].as_array().expect("it is a list").clone();
        for dependency in dependencies.iter().filter(|dependency| dependency["kind"] != "dev") {
            let features = dependency["features"].as_array().expect("it is a list");
            let name = text(&dependency["name"]);
            let is_kit = name == "turnlog-testing" || name == "proptest" || features.contains(&Value::from("testing"));
            let may = package["name"] == "turnlog-testing"
                || (package["name"] == "turnlog" && dependency["optional"] == true);
            assert!(!is_kit || may, "{}: {name} belongs among the dev-dependencies", package["name"]);
        }
        let by_default = &package["features"]["default"];
        assert!(by_default.is_null(), "{}: features are chosen, so that the testing kit is, too", package["name"]);
    }
}

#[test]
fn features_of_dependencies_stand_in_the_root_manifest_only() {
    for package in packages() {
        let manifest = std::fs::read_to_string(text(&package["manifest_path"])).expect("it reads");
        let dependencies = manifest.split("[dependencies]").nth(1).unwrap_or_default();
        // The face of this workspace has features of its own, which each of its users chooses.
        let chooses = |line: &str| line.contains("features =") && !line.starts_with("turnlog = ");
        let name = &package["name"];
        assert!(!dependencies.lines().any(chooses), "{name}: features belong into the root manifest");
    }
}
