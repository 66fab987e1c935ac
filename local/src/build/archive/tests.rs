use std::{io::Write as _, os::unix::fs::PermissionsExt as _};

use tempfile::TempDir;
use zip::{ZipWriter, write::SimpleFileOptions};

use super::*;

/// A zip file in a folder, with an empty folder beside it.
struct Packed {
    folder: TempDir,
    writer: ZipWriter<File>,
}

fn packed() -> Packed {
    let folder = tempfile::tempdir().unwrap();
    let writer = ZipWriter::new(File::create(folder.path().join("code.zip")).unwrap());
    Packed { folder, writer }
}

impl Packed {
    fn file(mut self, name: &str, text: &[u8], mode: u32) -> Self {
        self.writer.start_file(name, SimpleFileOptions::default().unix_permissions(mode)).unwrap();
        self.writer.write_all(text).unwrap();
        self
    }

    fn link(mut self, name: &str, target: &str) -> Self {
        self.writer.add_symlink(name, target, SimpleFileOptions::default()).unwrap();
        self
    }

    /// Unpacks it into `code` of its folder.
    fn unpacked(self) -> (TempDir, Result<(), ArchiveError>) {
        self.writer.finish().unwrap();
        let code = self.folder.path().join("code");
        std::fs::create_dir(&code).unwrap();
        let result = unpack(&self.folder.path().join("code.zip"), &code);
        (self.folder, result)
    }
}

/// F: `CodeUri` may name a zip file.
#[test]
fn a_zip_file_is_unpacked_with_modes_folders_and_links() {
    let packed = packed().file("bootstrap", b"#!/bin/sh\n", 0o755).file("lib/deep/data.txt", b"hello", 0o600);
    let (folder, result) = packed.link("lib/again.txt", "deep/data.txt").link("start", "bootstrap").unpacked();
    result.unwrap();
    let code = folder.path().join("code");
    assert_eq!(std::fs::read(code.join("lib/again.txt")).unwrap(), b"hello");
    let mode = |name: &str| std::fs::metadata(code.join(name)).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode("bootstrap") & 0o100, mode("lib/deep/data.txt")), (0o100, 0o600));
    assert_eq!(std::fs::read_link(code.join("start")).unwrap(), Path::new("bootstrap"));
}

/// F: nothing of a zip file is written outside of its folder, whatever its entries are called or lead to.
#[test]
fn nothing_leads_out_of_a_zip_file() {
    for name in ["../out", "lib/../../out", "lib/../../code/../out", "..\\out"] {
        let (folder, result) = packed().file(name, b"x", 0o644).unpacked();
        assert!(matches!(result, Err(ArchiveError::Escapes(_))), "{name}: {result:?}");
        assert!(!folder.path().join("out").exists(), "{name}");
    }
    let (folder, result) = packed().file("/out", b"x", 0o644).unpacked();
    result.unwrap();
    assert!(folder.path().join("code/out").exists(), "as unzip, it takes the root of a name away");
    for target in ["../code.zip", "/etc/passwd", "nothing", "lib/../../code.zip"] {
        let (_folder, result) = packed().file("lib/x", b"x", 0o644).link("link", target).unpacked();
        assert!(matches!(&result, Err(ArchiveError::Escapes(name)) if name == "link"), "{target}: {result:?}");
    }
    // A link whose steps stay inside one by one, and whose end does not.
    let packed = packed().file("lib/x", b"x", 0o644).link("here", ".").link("link", "here/../code.zip");
    assert!(matches!(packed.unpacked().1, Err(ArchiveError::Escapes(_))));
}

/// F: a file is never written through a link of the same zip file.
#[test]
fn no_file_is_written_through_a_link() {
    let outside = tempfile::tempdir().unwrap();
    let target = outside.path().to_str().unwrap();
    let (_folder, result) = packed().link("lib", target).file("lib/x", b"x", 0o644).unpacked();
    assert!(result.is_err(), "lib cannot be a folder and a link");
    assert_eq!(std::fs::read_dir(outside.path()).unwrap().count(), 0);
}

/// F: what unpacks to more than Lambda takes is refused as soon as so much is written, however small the file is.
#[test]
fn a_zip_file_that_grows_too_large_is_refused() {
    let packed = || packed().file("a", &vec![0; 60_000], 0o644).file("b", &vec![0; 40_000], 0o644);
    let (folder, result) = packed().unpacked();
    result.unwrap();
    let file = folder.path().join("code.zip");
    assert!(std::fs::metadata(&file).unwrap().len() < 10_000);
    let again = |bytes_max| unpack_up_to(&file, tempfile::tempdir().unwrap().path(), bytes_max);
    again(100_000).unwrap();
    assert!(matches!(again(99_999), Err(ArchiveError::TooLarge(99_999))));
}

#[test]
fn what_is_no_zip_file_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("code.zip");
    assert!(matches!(unpack(&file, folder.path()), Err(ArchiveError::File(_))));
    std::fs::write(&file, "#!/bin/sh\n").unwrap();
    assert!(matches!(unpack(&file, folder.path()), Err(ArchiveError::Malformed(_))));
}
