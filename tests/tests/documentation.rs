//! Each Rust example in `docs/` is compiled, and each relative link has a target.

use std::fs;
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Every page below a folder, by its path from the root of the project.
fn pages_in(folder: &str) -> Vec<String> {
    let mut pages = Vec::new();
    for entry in fs::read_dir(root().join(folder)).unwrap() {
        let entry = entry.unwrap();
        let path = format!("{folder}/{}", entry.file_name().to_str().unwrap());
        if entry.file_type().unwrap().is_dir() {
            pages.extend(pages_in(&path));
        } else if path.ends_with(".md") {
            pages.push(path);
        }
    }
    pages
}

fn read(page: &str) -> String {
    fs::read_to_string(root().join(page)).unwrap()
}

#[test]
fn pages_with_rust_code_are_compiled() {
    // The other packages have the crates that send to other projects.
    let compiled = read("tests/src/lib.rs")
        + &read("tests/interop/src/lib.rs")
        + &read("integrations/opentelemetry/src/lib.rs");
    let missing: Vec<_> = pages_in("docs")
        .into_iter()
        .filter(|page| read(page).contains("```rust") && !compiled.contains(&format!("\"{page}\"")))
        .collect();
    assert!(
        missing.is_empty(),
        "add to a `lib.rs` that is read above: {missing:?}"
    );
}

#[test]
fn relative_links_have_targets() {
    let mut pages = pages_in("docs");
    let top = [
        "README",
        "ARCHITECTURE",
        "CONTRIBUTING",
        "CHANGELOG",
        "SECURITY",
    ];
    pages.extend(top.map(|name| format!("{name}.md")));
    let mut broken = Vec::new();
    for page in pages {
        let folder = root().join(&page).parent().unwrap().to_path_buf();
        for link in links(&read(&page)) {
            // A benchmark run writes the pages below `benches/`, so these targets may not exist.
            let is_checked = !link.contains("://") && !link.contains("benches/");
            let target = link.split('#').next().unwrap_or_default();
            if is_checked && !target.is_empty() && !folder.join(target).exists() {
                broken.push(format!("{page}: {link}"));
            }
        }
    }
    assert!(broken.is_empty(), "{broken:#?}");
}

/// The targets of `[text](target)` outside of code blocks.
fn links(page: &str) -> Vec<String> {
    let mut links = Vec::new();
    for (index, part) in page.split("```").enumerate() {
        if index % 2 == 0 {
            let targets = part.split("](").skip(1);
            links.extend(targets.filter_map(|rest| Some(rest.split_once(')')?.0.to_owned())));
        }
    }
    links
}
