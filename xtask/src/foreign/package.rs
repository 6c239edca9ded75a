//! The crates of the workspace's dependency tree, as cargo has resolved them.

use std::path::{Path, PathBuf};

use serde_json::Value;

use super::crates;
use crate::msrv::{list, metadata};

/// A crate whose source is on this machine.
#[derive(Clone, Debug)]
pub(crate) struct Package {
    pub(crate) name: String,
    pub(crate) version: String,
    pub(crate) folder: PathBuf,
    /// The folder of the library's first file, from `folder` on.
    pub(crate) sources: PathBuf,
    /// What the workspace asks of it: all of that is in the lock file.
    pub(crate) features: Vec<String>,
    /// What else the crate has.
    other_features: Vec<String>,
}

impl Package {
    /// The name of the copy's folder.
    pub(crate) fn folder_name(&self) -> String {
        format!("{}-{}", self.name, self.version)
    }

    /// Adds those of the features that this version of the crate has.
    fn with_features(mut self, more: &[&str]) -> Self {
        let others = std::mem::take(&mut self.other_features).into_iter();
        self.features
            .extend(others.filter(|other| more.contains(&other.as_str())));
        self
    }

    /// A dependency as cargo resolved it, if it is a library from a registry.
    fn read(package: &Value, node: &Value) -> Option<Self> {
        let is_library = |target: &&Value| {
            list(target, "kind")
                .iter()
                .any(|kind| kind == "lib" || kind == "rlib")
        };
        package["source"].as_str()?;
        let library = list(package, "targets").iter().find(is_library)?;
        let folder = Path::new(package["manifest_path"].as_str()?).parent()?;
        let sources = Path::new(library["src_path"].as_str()?).parent()?;
        let strings = list(node, "features").iter().filter_map(Value::as_str);
        let features: Vec<String> = strings.map(Into::into).collect();
        let all = package["features"].as_object()?.keys();
        Some(Self {
            name: package["name"].as_str()?.into(),
            version: package["version"].as_str()?.into(),
            folder: folder.into(),
            sources: sources.strip_prefix(folder).ok()?.into(),
            other_features: all.filter(|one| !features.contains(one)).cloned().collect(),
            features,
        })
    }
}

/// The libraries that the workspace depends on, and where the workspace is.
pub(crate) struct Tree {
    pub(crate) packages: Vec<Package>,
    pub(crate) root: PathBuf,
    pub(crate) target: PathBuf,
}

impl Tree {
    pub(crate) fn load() -> Result<Self, String> {
        let metadata = metadata()?;
        let folder = |key: &str| {
            let path = metadata[key].as_str().map(PathBuf::from);
            path.ok_or_else(|| format!("cargo metadata has no {key}"))
        };
        let packages = list(&metadata, "packages");
        let read = |node: &Value| {
            let package = packages
                .iter()
                .find(|package| package["id"] == node["id"])?;
            Package::read(package, node)
        };
        let nodes = list(&metadata["resolve"], "nodes");
        Ok(Self {
            packages: nodes.iter().filter_map(read).collect(),
            root: folder("workspace_root")?,
            target: folder("target_directory")?,
        })
    }

    /// Every version of the crates of these names; `name@version` is one of them.
    pub(crate) fn select(&self, names: &[&str]) -> Result<Vec<Package>, String> {
        let mut selected: Vec<Package> = Vec::new();
        for wanted in names {
            let (name, version) = match wanted.split_once('@') {
                Some((name, version)) => (name, Some(version)),
                None => (*wanted, None),
            };
            let is_it = |package: &&Package| {
                package.name == name && version.is_none_or(|version| package.version == version)
            };
            let found = self.packages.iter().filter(is_it).cloned();
            let more = crates::more_features(name);
            let found: Vec<_> = found.map(|found| found.with_features(more)).collect();
            if found.is_empty() {
                return Err(format!(
                    "the workspace does not depend on a library `{wanted}`"
                ));
            }
            selected.extend(found);
        }
        Ok(selected)
    }
}
