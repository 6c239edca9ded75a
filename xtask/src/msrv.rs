//! The promise of `rust-version`.
//!
//! A compiler of that version is the best judge and is used where rustup has it. Without it, what
//! can be checked is: that no dependency asks for a newer one, that no newer item of the standard
//! library is used (clippy knows when each became stable), and that the crates are of the 2021
//! edition, in which the syntax that came later does not parse.

use std::collections::{HashMap, HashSet};
use std::process::Command;

use serde_json::Value;

const CRATES: [&str; 2] = ["whose", "whose-macros"];

pub(crate) fn check() -> Result<(), String> {
    let metadata = metadata()?;
    let promised = promised(&metadata)?;
    let newer = newer_dependencies(&metadata, &promised)?;
    if !newer.is_empty() {
        return Err(format!(
            "rust-version is {promised}, and these dependencies need more: {}",
            newer.join(", ")
        ));
    }
    println!(
        "no dependency of {} needs more than Rust {promised}",
        CRATES.join(" and ")
    );

    let packages = CRATES.iter().flat_map(|name| ["-p", name]);
    if has_toolchain(&promised) {
        let command = ["run", promised.as_str(), "cargo", "check", "--all-features"];
        let status = Command::new("rustup").args(command).args(packages).status();
        return match status {
            Ok(status) if status.success() => {
                println!("both compile with Rust {promised}");
                Ok(())
            }
            other => Err(format!(
                "they do not compile with Rust {promised}: {other:?}"
            )),
        };
    }
    let clippy = ["clippy", "--all-features", "--no-deps"];
    let lint = ["--", "-D", "clippy::incompatible_msrv"];
    crate::cargo(clippy.into_iter().chain(packages).chain(lint))?;
    println!(
        "both use nothing of the standard library newer than Rust {promised} (by clippy; for the compiler's \
         own word, `rustup toolchain install {promised}` and run this again)"
    );
    Ok(())
}

pub(crate) fn metadata() -> Result<Value, String> {
    let output = Command::new("cargo")
        .args(["metadata", "--format-version", "1", "--all-features"])
        .output()
        .map_err(|error| format!("cargo metadata did not start: {error}"))?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into_owned());
    }
    serde_json::from_slice(&output.stdout).map_err(|error| format!("cargo metadata: {error}"))
}

pub(crate) fn list<'a>(value: &'a Value, key: &str) -> &'a [Value] {
    value[key].as_array().map_or(&[], Vec::as_slice)
}

/// The one version that both crates promise.
fn promised(metadata: &Value) -> Result<String, String> {
    let mut versions: Vec<_> = list(metadata, "packages")
        .iter()
        .filter(|package| CRATES.iter().any(|name| package["name"] == *name))
        .map(|package| package["rust_version"].as_str().unwrap_or_default())
        .collect();
    versions.dedup();
    match versions[..] {
        [version] if !version.is_empty() => Ok(version.into()),
        _ => Err(format!(
            "{} promise different versions: {versions:?}",
            CRATES.join(" and ")
        )),
    }
}

/// The dependencies that users of the crates build, and that need more than is promised.
fn newer_dependencies(metadata: &Value, promised: &str) -> Result<Vec<String>, String> {
    let packages: HashMap<_, _> = list(metadata, "packages")
        .iter()
        .filter_map(|package| Some((package["id"].as_str()?, package)))
        .collect();
    let nodes: HashMap<_, _> = list(&metadata["resolve"], "nodes")
        .iter()
        .filter_map(|node| Some((node["id"].as_str()?, node)))
        .collect();
    let is_root = |id: &&str| {
        packages
            .get(id)
            .is_some_and(|package| CRATES.iter().any(|name| package["name"] == *name))
    };
    let mut todo: Vec<&str> = packages.keys().copied().filter(|id| is_root(id)).collect();
    if todo.len() != CRATES.len() {
        return Err(format!("the workspace has no {}", CRATES.join(" and ")));
    }
    let mut seen = HashSet::new();
    let mut newer = Vec::new();
    while let Some(id) = todo.pop() {
        if !seen.insert(id) {
            continue;
        }
        if let Some(package) = packages.get(id) {
            let needed = package["rust_version"].as_str().unwrap_or("1.0");
            if version(needed) > version(promised) {
                newer.push(format!(
                    "{} ({needed})",
                    package["name"].as_str().unwrap_or(id)
                ));
            }
        }
        let Some(node) = nodes.get(id) else { continue };
        // Only what users build: neither what tests need, nor what other platforms need.
        let is_used = |dependency: &&Value| {
            list(dependency, "dep_kinds")
                .iter()
                .any(|kind| kind["kind"].is_null() && kind["target"].is_null())
        };
        todo.extend(
            list(node, "deps")
                .iter()
                .filter(is_used)
                .filter_map(|dependency| dependency["pkg"].as_str()),
        );
    }
    newer.sort();
    Ok(newer)
}

fn version(text: &str) -> [u32; 3] {
    let mut parts = text.split('.').map(|part| part.parse().unwrap_or(0));
    std::array::from_fn(|_| parts.next().unwrap_or(0))
}

fn has_toolchain(version: &str) -> bool {
    let is_it = |line: &str| {
        line.strip_prefix(version)
            .is_some_and(|rest| rest.starts_with(['-', '.']))
    };
    Command::new("rustup")
        .args(["toolchain", "list"])
        .output()
        .is_ok_and(|output| String::from_utf8_lossy(&output.stdout).lines().any(is_it))
}
