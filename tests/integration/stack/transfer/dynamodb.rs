//! What DynamoDB's own export to S3 writes.

use std::{fs, io::Write as _, path::Path};

use flate2::{Compression, write::GzEncoder};
use rand::{SeedableRng, rngs::SmallRng, seq::SliceRandom};
use serde_json::json;
use turnlog_tests::Stack;

use super::{export, folder, import, lived_in, text_of};

/// The layout of DynamoDB's exports: a manifest names compressed files, in which items are in any order.
fn dynamodb_export(folder: &Path, lines: &[&str]) {
    fs::create_dir(folder.join("data")).expect("it can be made");
    let summary = json!({ "version": "2020-06-30", "outputFormat": "DYNAMODB_JSON", "exportType": "FULL_EXPORT", "itemCount": lines.len() });
    fs::write(folder.join("manifest-summary.json"), summary.to_string()).expect("it can be written");
    let mut manifest = String::new();
    for part in 0..4 {
        // An empty partition has an empty file.
        let lines: Vec<&str> = lines.iter().skip(part).step_by(3).copied().filter(|_| part < 3).collect();
        let name = format!("part{part}.json.gz");
        let file = fs::File::create(folder.join("data").join(&name)).expect("it can be made");
        let mut file = GzEncoder::new(file, Compression::fast());
        file.write_all(text_of(&lines).as_bytes()).expect("it can be written");
        file.finish().expect("it can be written");
        let listed = json!({ "itemCount": lines.len(), "md5Checksum": "", "etag": "", "dataFileS3Key": format!("AWSDynamoDB/01693685827463-2d8752fd/data/{name}") });
        manifest.extend([listed.to_string().as_str(), "\n"]);
    }
    fs::write(folder.join("manifest-files.json"), manifest).expect("it can be written");
}

#[tokio::test]
async fn an_export_of_dynamodb_to_s3_is_imported() {
    let (source, ..) = lived_in().await;
    let text = export(&source).await;
    let mut lines: Vec<&str> = text.lines().collect();
    lines.shuffle(&mut SmallRng::seed_from_u64(7));
    let folder = folder();
    dynamodb_export(folder.path(), &lines);
    let target = Stack::start().await;
    let (is_well, _, told) = import(&target, folder.path()).await;
    assert!(is_well, "{told}");
    assert_eq!(export(&target).await, text);

    let (is_well, _, told) = import(&target, &folder.path().join("data")).await;
    assert!(!is_well && told.contains("there is no manifest-files.json"), "{told}");
    let manifest = folder.path().join("manifest-files.json");
    let fewer = fs::read_to_string(&manifest).expect("it reads").replacen("\"itemCount\":", "\"itemCount\":1", 1);
    fs::write(&manifest, fewer).expect("it can be written");
    let (is_well, _, told) = import(&target, folder.path()).await;
    assert!(!is_well && told.contains("and the manifest says"), "{told}");
    fs::remove_file(folder.path().join("data/part0.json.gz")).expect("it can be removed");
    let (is_well, _, told) = import(&target, folder.path()).await;
    assert!(!is_well && told.contains("part0.json.gz"), "{told}");
    let summary = json!({ "outputFormat": "ION" });
    fs::write(folder.path().join("manifest-summary.json"), summary.to_string()).expect("it can be written");
    let (is_well, _, told) = import(&target, folder.path()).await;
    assert!(!is_well && told.contains("only full exports"), "{told}");
}
