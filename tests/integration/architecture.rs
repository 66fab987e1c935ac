//! The shape of the workspace: which crate may know which.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use turnlog_tests::root;

/// The arrows that are allowed: a crate, and what it may depend on.
const ALLOWED: [(&str, &[&str]); 8] = [
    ("turnlog-domain", &[]),
    ("turnlog-protocol", &["turnlog-domain"]),
    ("turnlog-store", &["turnlog-domain"]),
    ("turnlog-handlers", &["turnlog-domain", "turnlog-protocol", "turnlog-store"]),
    ("turnlog-projections", &["turnlog-domain", "turnlog-protocol", "turnlog-store"]),
    ("turnlog-local", &[]),
    ("turnlog", &["turnlog-domain", "turnlog-protocol", "turnlog-store", "turnlog-local"]),
    (
        "turnlog-tests",
        &[
            "turnlog",
            "turnlog-domain",
            "turnlog-handlers",
            "turnlog-local",
            "turnlog-projections",
            "turnlog-protocol",
            "turnlog-store",
        ],
    ),
];

/// What the pure crate may use of others.
const DOMAIN_LIBRARIES: [&str; 9] =
    ["cozy-chess", "hkdf", "hmac", "rand_chacha", "serde", "serde_json", "sha2", "thiserror", "uuid"];

fn packages() -> Vec<Value> {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    let arguments = ["metadata", "--format-version", "1", "--no-deps", "--offline"];
    let output = std::process::Command::new(cargo).args(arguments).current_dir(root()).output().expect("cargo runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata: Value = serde_json::from_slice(&output.stdout).expect("cargo metadata is JSON");
    metadata["packages"].as_array().expect("there are packages").clone()
}

fn names(dependencies: &Value, keep: impl Fn(&Value) -> bool) -> BTreeSet<&str> {
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
        let ours = names(&package["dependencies"], |dependency| !dependency["path"].is_null());
        let may = allowed.get(name).unwrap_or_else(|| panic!("{name} has no line here"));
        for dependency in ours {
            assert!(may.contains(&dependency), "{name} must not depend on {dependency}");
        }
    }
}

/// Every line of docs/local-stack.md has a test, which is there.
#[test]
fn every_line_of_awss_behaviour_has_its_test() {
    let mut functions = BTreeSet::new();
    let mut folders = vec![root().join("local/src"), root().join("tests/integration")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).expect("it is a folder") {
            let path = entry.expect("it can be read").path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let text = std::fs::read_to_string(&path).expect("it is text");
                let names = text.split("fn ").skip(1).filter_map(|rest| rest.split("()").next().map(str::to_owned));
                functions.extend(names);
            }
        }
    }
    let page = std::fs::read_to_string(root().join("docs/local-stack.md")).expect("the page is there");
    let rows = page.lines().filter(|line| line.starts_with("| ") && !line.starts_with("| Behaviour"));
    let mut lines = 0;
    for row in rows {
        let tests = row.trim_end_matches(" |").rsplit(" | ").next().expect("a row has columns");
        lines += 1;
        for test in tests.split(", ") {
            let test = test.trim_matches('`');
            assert!(functions.contains(test), "the test {test} is not there: {row}");
        }
    }
    assert!(lines > 50, "{lines}");
}

#[test]
fn the_domain_uses_nothing_that_could_make_it_impure() {
    let packages = packages();
    let domain = packages.iter().find(|package| package["name"] == "turnlog-domain").expect("it is there");
    let normal = names(&domain["dependencies"], |dependency| dependency["kind"].is_null());
    assert_eq!(normal, DOMAIN_LIBRARIES.into());
}

#[test]
fn features_of_dependencies_stand_in_the_root_manifest_only() {
    for package in packages() {
        let manifest = std::fs::read_to_string(text(&package["manifest_path"])).expect("it reads");
        let dependencies = manifest.split("[dependencies]").nth(1).unwrap_or_default();
        assert!(!dependencies.contains("features ="), "{}: features belong into the root manifest", package["name"]);
    }
}
