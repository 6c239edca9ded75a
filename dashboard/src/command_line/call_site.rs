//! Formatting call sites.

use std::borrow::Cow;

use crate::values::{escape, or_dash};

/// The file and the line of a call site.
pub(crate) fn format_call_site(file: Option<&str>, line: Option<u32>) -> String {
    match (file, line) {
        (Some(file), Some(line)) => format!("{}:{line}", escape(&strip_machine_folders(file))),
        (file, _) => or_dash(file.map(strip_machine_folders).as_deref()),
    }
}

/// Removes the folders of the machine from the path of a dependency: cargo's registry and
/// checkouts, and the sources of the standard library. Keeps a path of the application.
fn strip_machine_folders(path: &str) -> Cow<'_, str> {
    let unix = path.replace('\\', "/");
    let short = registry_path(&unix)
        .or_else(|| checkout_path(&unix))
        .or_else(|| standard_library_path(&unix));
    short.map_or(Cow::Borrowed(path), |short| Cow::Owned(short.to_owned()))
}

/// The path of a file on every machine: without machine folders, without the version of a dependency,
/// and with `/` between folders.
pub(crate) fn stable_path(path: &str) -> String {
    let unix = path.replace('\\', "/");
    if let Some(file) = registry_path(&unix) {
        return without_version(file);
    }
    if let Some(file) = checkout_path(&unix) {
        let mut parts = file.splitn(3, '/');
        let repository = parts.next().and_then(|name| name.rsplit_once('-'));
        // The second folder is the commit.
        if let (Some((repository, _)), Some(file)) = (repository, parts.nth(1)) {
            return format!("{repository}/{file}");
        }
    }
    standard_library_path(&unix).map_or_else(|| unix.clone(), str::to_owned)
}

/// `name/src/lib.rs` of `name-1.0.0-rc.1/src/lib.rs`.
fn without_version(path: &str) -> String {
    let (package, file) = path.split_once('/').unwrap_or((path, ""));
    let begins_version = |at: &usize| {
        let version = &package[at + 1..];
        version.starts_with(|c: char| c.is_ascii_digit()) && version.contains('.')
    };
    let mut dashes = package.match_indices('-').map(|(at, _)| at);
    match dashes.find(begins_version) {
        Some(at) => format!("{}/{file}", &package[..at]),
        None => path.to_owned(),
    }
}

/// `…/registry/src/index.example-0123456789abcdef/name-1.0.0/src/lib.rs`
fn registry_path(path: &str) -> Option<&str> {
    let (before, rest) = path.split_once("/registry/src/")?;
    let (index, file) = rest.split_once('/')?;
    (is_cargo_home(before) && has_hash(index, 16)).then_some(file)
}

/// `…/git/checkouts/name-0123456789abcdef/0123abc/src/lib.rs`
fn checkout_path(path: &str) -> Option<&str> {
    let (before, rest) = path.split_once("/git/checkouts/")?;
    let (repository, _) = rest.split_once('/')?;
    (is_cargo_home(before) && has_hash(repository, 16)).then_some(rest)
}

/// `/rustc/0123…/library/std/src/thread.rs`, or the path of the installed sources.
fn standard_library_path(path: &str) -> Option<&str> {
    if let Some(rest) = path.strip_prefix("/rustc/") {
        let (_, file) = rest.split_once("/library/")?;
        return Some(file);
    }
    let (before, file) = path.split_once("/lib/rustlib/src/rust/library/")?;
    before.contains("/toolchains/").then_some(file)
}

fn is_cargo_home(folder: &str) -> bool {
    folder.ends_with("cargo") || folder.ends_with("cargo-home") || folder.contains("/.cargo")
}

fn has_hash(name: &str, digits: usize) -> bool {
    let hash = name.rsplit_once('-').map_or("", |(_, hash)| hash);
    hash.len() == digits && hash.bytes().all(|digit| digit.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn path_of_dependency_omits_machine_folders() {
        let cases = [
            (
                "/root/.cargo/registry/src/index.crates.example-1949cf8c6b5b557f/tower-http-0.7.1/src/trace/on_request.rs",
                "tower-http-0.7.1/src/trace/on_request.rs",
            ),
            (
                r"C:\Users\ada\.cargo\registry\src\index.crates.example-1949cf8c6b5b557f\h2-0.4.1\src\lib.rs",
                "h2-0.4.1/src/lib.rs",
            ),
            (
                "/home/ada/.cargo/git/checkouts/axum-0123456789abcdef/0a1b2c3/src/lib.rs",
                "axum-0123456789abcdef/0a1b2c3/src/lib.rs",
            ),
            (
                "/rustc/59807616e1fa2540724bfbac14d7976d7e4a3860/library/std/src/thread/mod.rs",
                "std/src/thread/mod.rs",
            ),
            (
                "/root/.rustup/toolchains/1.95.0/lib/rustlib/src/rust/library/core/src/option.rs",
                "core/src/option.rs",
            ),
        ];
        for (path, expected) in cases {
            assert_eq!(strip_machine_folders(path), expected);
        }
    }

    #[test]
    fn path_of_application_is_unchanged() {
        for path in [
            "src/registry/src/orders.rs",
            "app/registry/src/index-1949cf8c6b5b557f/main.rs",
            "/srv/rustc/library/books.rs",
            "src/git/checkouts/cart.rs",
            r"src\main.rs",
        ] {
            assert_eq!(strip_machine_folders(path), path);
        }
    }
}
