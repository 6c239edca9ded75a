//! The documentation, as it is published: every item shows the feature that it needs.

use std::env;
use std::fs;
use std::path::Path;
use std::process::Command;

use crate::features::features_of;
use crate::msrv::metadata;
use crate::tool::build_folder;

/// Features without a public item of their own.
const WITHOUT_ITEMS: [&str; 1] = ["tsc"];

pub(crate) fn check() -> Result<(), String> {
    let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.args(["doc", "--workspace", "--all-features", "--no-deps"]);
    let rustdoc = Path::new(env!("CARGO_MANIFEST_DIR")).join("../.ci/rustdoc");
    command.env("RUSTDOC", rustdoc);
    command.env("RUSTDOCFLAGS", "-D warnings --cfg docsrs");
    crate::run(&mut command)?;
    let folder = build_folder().join("doc").join("whose");
    let mut pages = String::new();
    read_pages(&folder, &mut pages).map_err(|error| format!("{}: {error}", folder.display()))?;
    let features = features_of(&metadata()?, "whose")?;
    match missing(&features, &pages)[..] {
        [] => Ok(()),
        ref missing => Err(format!(
            "no item shows that it needs: {}",
            missing.join(", ")
        )),
    }
}

fn missing<'a>(features: &'a [String], pages: &str) -> Vec<&'a str> {
    let is_shown = |feature: &str| pages.contains(&format!("feature <code>{feature}</code>"));
    let features = features.iter().map(String::as_str);
    features
        .filter(|feature| !WITHOUT_ITEMS.contains(feature) && !is_shown(feature))
        .collect()
}

fn read_pages(folder: &Path, pages: &mut String) -> std::io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            read_pages(&path, pages)?;
        } else if path
            .extension()
            .is_some_and(|extension| extension == "html")
        {
            pages.push_str(&fs::read_to_string(path)?);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn feature_that_no_page_shows_is_missing() {
        let features = ["fmt", "tokio", "tsc"].map(String::from);
        let pages = "Available on <strong>crate feature <code>tokio</code></strong> only.";
        assert_eq!(missing(&features, pages), ["fmt"]);
    }
}
