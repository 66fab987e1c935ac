//! Which module of a crate may know which: never each other, but for a module and its own parts.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

use turnlog_tests::root;

/// The crates for which it holds.
const CRATES: [&str; 6] = ["domain", "protocol", "store", "handlers", "projections", "local"];

/// A module's path, from the root of its crate.
type Module = Vec<String>;

#[test]
fn modules_of_a_crate_depend_on_each_other_one_way_only() {
    for folder in CRATES {
        let modules = modules(&root().join(folder).join("src"));
        let uses = uses(&modules);
        assert!(uses.len() > 5, "{folder}: {uses:?}");
        let circles: Vec<String> = circles(&uses).iter().map(|(user, target)| arrow(user, target)).collect();
        assert_eq!(circles, Vec::<String>::new(), "{folder}: these uses are parts of circles");
    }
}

#[test]
fn a_circle_is_found_in_every_way_of_writing_it() {
    let modules = [
        ("a", "use crate::{x, b::Thing};"),
        ("b", "fn f() { crate::c::g(); }"),
        ("c", "use super::{\n    a::{self, Other as Another},\n};"),
        ("c::part", "use super::g; // crate::d::D"),
        ("d", "use crate::c;\n#[cfg(test)]\nmod tests {\n    use crate::b::B;\n}"),
    ];
    let modules = modules.into_iter().map(|(module, text)| (path(module), text.to_owned())).collect();
    let found: Vec<String> = circles(&uses(&modules)).iter().map(|(user, target)| arrow(user, target)).collect();
    assert_eq!(found, ["a -> b", "b -> c", "c -> a"]);
}

fn path(text: &str) -> Module {
    text.split("::").map(str::to_owned).collect()
}

fn arrow(user: &Module, target: &Module) -> String {
    format!("{} -> {}", user.join("::"), target.join("::"))
}

/// Every module that has a file of its own and is no test, with its text.
fn modules(source: &Path) -> BTreeMap<Module, String> {
    let (mut modules, mut folders) = (BTreeMap::new(), vec![Module::new()]);
    while let Some(folder) = folders.pop() {
        let path = source.join(folder.join("/"));
        for entry in std::fs::read_dir(path).expect("it is a folder") {
            let entry = entry.expect("it can be read").path();
            let name = entry.file_stem().and_then(|name| name.to_str()).expect("files have plain names").to_owned();
            let module = [folder.as_slice(), std::slice::from_ref(&name)].concat();
            if name == "tests" {
                continue;
            }
            if entry.is_dir() {
                folders.push(module);
            } else if entry.extension().is_some_and(|extension| extension == "rs") {
                modules.insert(module, std::fs::read_to_string(&entry).expect("it is text"));
            }
        }
    }
    modules
}

/// Which module uses which, but for a module and its own parts.
fn uses(modules: &BTreeMap<Module, String>) -> BTreeSet<(Module, Module)> {
    let mut uses = BTreeSet::new();
    for (user, text) in modules {
        for target in paths(text).iter().filter_map(|path| resolve(modules, user, path)) {
            if !target.starts_with(user) && !user.starts_with(&target) {
                uses.insert((user.clone(), target));
            }
        }
    }
    uses
}

/// The paths that begin with `crate`, `super` or `self`, each written out: of imports, and of what is named in full.
fn paths(text: &str) -> Vec<String> {
    let text = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
    let code: String =
        text.lines().map(|line| line.split("//").next().unwrap_or_default()).collect::<Vec<_>>().join("\n");
    let (mut found, mut rest) = (Vec::new(), code.as_str());
    while let Some(start) = ["crate::", "super::", "self::"].iter().filter_map(|word| rest.find(word)).min() {
        rest = &rest[start..];
        rest = &rest[tree(rest, "", &mut found)..];
    }
    found
}

/// Writes out one tree of paths (`a::{b, c::d}`), and returns how long it is.
fn tree(text: &str, before: &str, found: &mut Vec<String>) -> usize {
    let is_path = |letter: char| letter.is_alphanumeric() || matches!(letter, '_' | ':');
    let mut length = text.find(|letter| !is_path(letter)).unwrap_or(text.len());
    let path = format!("{before}{}", &text[..length]);
    if !text[length..].starts_with('{') {
        found.push(path);
        // What an import is called here does not matter.
        return length;
    }
    length += 1;
    while let Some(next) = text[length..].find(|letter: char| is_path(letter) || letter == '}') {
        length += next;
        if text[length..].starts_with('}') {
            return length + 1;
        }
        length += tree(&text[length..], &path, found);
    }
    length
}

/// The module that a path leads to.
fn resolve(modules: &BTreeMap<Module, String>, user: &Module, path: &str) -> Option<Module> {
    let mut target = Module::new();
    for (index, part) in path.split("::").enumerate() {
        match part {
            "crate" => {}
            "self" if index == 0 => target.clone_from(user),
            "super" if index == 0 => target = user[..user.len() - 1].to_vec(),
            "super" => drop(target.pop()),
            part => {
                target.push(part.to_owned());
                if !modules.contains_key(&target) {
                    target.pop();
                    break;
                }
            }
        }
    }
    (!target.is_empty()).then_some(target)
}

/// The uses by which a module reaches itself.
fn circles(uses: &BTreeSet<(Module, Module)>) -> Vec<&(Module, Module)> {
    let reaches = |from: &Module, to: &Module| {
        let (mut seen, mut next) = (BTreeSet::from([from]), vec![from]);
        while let Some(module) = next.pop() {
            let target = uses.iter().filter(|(user, _)| user == module).map(|(_, target)| target);
            next.extend(target.filter(|target| seen.insert(target)));
        }
        seen.contains(to)
    };
    uses.iter().filter(|(user, target)| reaches(target, user)).collect()
}
