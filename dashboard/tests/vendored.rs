//! The embedded files of other projects are those that were released, and have their licences.
#![allow(clippy::unwrap_used)] // Clippy does not treat helpers as test code.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// The folders with files of other projects: of the pages, and of their tests.
fn folders() -> [PathBuf; 2] {
    let dashboard = Path::new(env!("CARGO_MANIFEST_DIR"));
    ["assets/vendor", "../tests/browser/vendor"].map(|folder| dashboard.join(folder))
}

/// The checksums of the list, by the name of the file.
fn listed(folder: &Path) -> BTreeMap<String, String> {
    let list = fs::read_to_string(folder.join("SHA256SUMS")).unwrap();
    let line = |line: &str| {
        let (checksum, name) = line.split_once("  ").unwrap();
        (name.to_owned(), checksum.to_owned())
    };
    list.lines().map(line).collect()
}

#[test]
fn every_vendored_file_has_its_checksum_in_the_list() {
    for folder in folders() {
        let mut found = BTreeMap::new();
        for entry in fs::read_dir(&folder).unwrap() {
            let entry = entry.unwrap();
            let name = entry.file_name().into_string().unwrap();
            if name != "SHA256SUMS" {
                let digest = hmac_sha256::Hash::hash(&fs::read(entry.path()).unwrap());
                let digest = digest.iter().map(|byte| format!("{byte:02x}"));
                found.insert(name, digest.collect());
            }
        }
        assert_eq!(found, listed(&folder));
    }
}

#[test]
fn every_vendored_project_has_its_licence() {
    for folder in folders() {
        let names: Vec<_> = listed(&folder).into_keys().collect();
        for name in &names {
            let project = name.split('-').next().unwrap();
            assert!(
                names
                    .iter()
                    .any(|it| it.starts_with(&format!("{project}-")) && it.ends_with("LICENSE")),
                "{name}"
            );
        }
    }
}
