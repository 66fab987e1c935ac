use std::{fmt::Write as _, fs};

use super::*;
use crate::template::model::LogFormat;

fn function(code: Code) -> FunctionSpec {
    FunctionSpec {
        id: "Fn".to_owned(),
        name: "Fn".to_owned(),
        code,
        handler: "x".to_owned(),
        memory_mb: 128,
        timeout_seconds: 3,
        environment: BTreeMap::new(),
        reserved_concurrency: None,
        log_format: LogFormat::Text,
        async_retries_max: 2,
        async_age_seconds_max: 60,
        role: "FnRole".to_owned(),
        statements: Vec::new(),
    }
}

/// The executable of a function with this code, of what was built last.
async fn executable(code: Code) -> Result<PathBuf, BuildError> {
    all(vec![function(code)], Build::Last).await.map(|mut found| found.functions.remove(0).1)
}

/// A workspace of two packages, the first with these binaries, and the second with one.
fn cargo_workspace(binaries: &[&str]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let put = |file: &str, text: &str| {
        let file = folder.path().join(file);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, text).unwrap();
    };
    put("Cargo.toml", "[workspace]\nresolver = \"3\"\nmembers = [\"one\", \"two\"]\n");
    for (package, binaries) in [("one", binaries), ("two", &["other"])] {
        let mut manifest =
            format!("[package]\nname = \"{package}\"\nversion = \"0.0.0\"\nedition = \"2024\"\nautobins = false\n");
        for binary in binaries {
            writeln!(manifest, "[[bin]]\nname = \"{binary}\"\npath = \"{binary}.rs\"").unwrap();
            put(&format!("{package}/{binary}.rs"), "fn main() {}\n");
        }
        put(&format!("{package}/src/lib.rs"), "");
        put(&format!("{package}/Cargo.toml"), &manifest);
    }
    folder
}

/// F: without `Binary`, SAM takes the only one of the package; several are named, and one that is not built yet too.
#[tokio::test]
async fn the_only_binary_of_a_package_is_taken() {
    let folder = cargo_workspace(&["talk"]);
    let cargo = |package: &str, binary: Option<&str>| Code::Cargo {
        folder: folder.path().join(package),
        binary: binary.map(str::to_owned),
    };
    let built = folder.path().canonicalize().unwrap().join("target").join(workspace::PROFILE_FOLDER);
    let said = |error: BuildError| error.to_string();
    for code in [cargo("one", None), cargo("one", Some("talk"))] {
        let expected = format!(
            "Fn: the binary talk is not built yet: there is no file {}; start without --no-build to build it",
            built.join("talk").display()
        );
        assert_eq!(executable(code).await.map_err(said), Err(expected));
    }
    fs::create_dir_all(&built).unwrap();
    for binary in ["talk", "other"] {
        fs::write(built.join(binary), "").unwrap();
    }
    assert_eq!(executable(cargo("one", None)).await.map_err(said), Ok(built.join("talk")));
    assert_eq!(executable(cargo("two/../one", None)).await.map_err(said), Ok(built.join("talk")));
    assert_eq!(executable(cargo("two", None)).await.map_err(said), Ok(built.join("other")));
    assert_eq!(executable(cargo("one", Some("other"))).await.map_err(said), Ok(built.join("other")));
    let error = executable(cargo("one", Some("walk"))).await.unwrap_err();
    assert!(matches!(&error, BuildError::NoBinary { binary, .. } if binary == "walk"), "{error}");
    let error = executable(cargo(".", None)).await.unwrap_err().to_string();
    assert!(
        error.ends_with("has the binaries talk, other; name one of them as Metadata.BuildProperties.Binary"),
        "{error}"
    );
}

/// F: which binary is meant is asked where there are several, and where there is none.
#[tokio::test]
async fn one_of_several_binaries_must_be_named() {
    for (binaries, said) in [(&["talk", "walk"][..], "the binaries talk, walk"), (&[], "no binary")] {
        let folder = cargo_workspace(binaries);
        let code = Code::Cargo { folder: folder.path().join("one"), binary: None };
        let error = executable(code).await.unwrap_err().to_string();
        assert!(error.contains(&format!("/one has {said}; name one")), "{error}");
    }
}

/// F: a folder in which nothing is built yet, and a file that cannot be run.
#[tokio::test]
async fn what_is_not_built_yet_is_said_so() {
    let folder = tempfile::tempdir().unwrap();
    let code = || Code::Bootstrap { folder: folder.path().to_owned() };
    let file = folder.path().join("bootstrap");
    let error = executable(code()).await.unwrap_err().to_string();
    assert_eq!(
        error,
        format!(
            "Fn: it is not built yet: there is no file {}; build it first, or let cargo-lambda build it",
            file.display()
        )
    );
    fs::write(&file, "").unwrap();
    let error = executable(code()).await.unwrap_err();
    assert!(matches!(error, BuildError::NotExecutable { .. }), "{error}");
    fs::set_permissions(&file, fs::Permissions::from_mode(0o755)).unwrap();
    assert_eq!(executable(code()).await.unwrap(), file);
}

/// F: the code of a function may come in a zip file, which several functions share; it goes with the stack.
#[tokio::test]
async fn a_zip_file_is_unpacked_once_and_again_when_it_changes() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("app.zip");
    pack(&file, "first", 0o755);
    let code = Code::Zip { file: file.clone() };
    let found = all(vec![function(code.clone()), function(code.clone())], Build::Last).await.unwrap();
    let [(_, first), (_, second)] = &found.functions[..] else { panic!("{found:?}") };
    assert_eq!((first, fs::read_to_string(first).unwrap().as_str()), (second, "first"));
    let unpacked = found.unpacked[&file].path().to_owned();
    pack(&file, "another", 0o755);
    unpack_again(&file, &unpacked).await.unwrap();
    assert_eq!(fs::read_to_string(first).unwrap(), "another");
    fs::write(&file, "damaged").unwrap();
    unpack_again(&file, &unpacked).await.unwrap_err();
    assert_eq!(fs::read_to_string(first).unwrap(), "another", "what was there stays");
    drop(found);
    assert!(!unpacked.exists());
    let error = executable(code.clone()).await.unwrap_err().to_string();
    assert!(error.contains("app.zip cannot be unpacked: it is no zip file that is understood"), "{error}");
    pack(&file, "not executable", 0o644);
    assert!(matches!(executable(code).await.unwrap_err(), BuildError::NotExecutable { .. }));
}

fn pack(file: &Path, text: &str, mode: u32) {
    use std::io::Write as _;
    let mut writer = zip::ZipWriter::new(fs::File::create(file).unwrap());
    let options = zip::write::SimpleFileOptions::default().unix_permissions(mode);
    writer.start_file("bootstrap", options).unwrap();
    writer.write_all(text.as_bytes()).unwrap();
    writer.finish().unwrap();
}
