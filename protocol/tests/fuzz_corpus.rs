//! What the fuzzer has found worth keeping is read again, without a fuzzer.

use std::{fs, path::Path};

#[path = "../../fuzz/src/frames.rs"]
mod frames;

#[test]
fn frames_that_the_fuzzer_found_are_read_or_refused() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz/corpus/frames");
    let mut inputs = 0;
    for entry in fs::read_dir(folder).expect("the corpus is in the repository") {
        let path = entry.expect("the folder can be listed").path();
        frames::check(&fs::read(path).expect("an input is a file"));
        inputs += 1;
    }
    assert!(inputs > 0, "there is nothing to replay");
}
