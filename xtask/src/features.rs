//! Each feature of the published crates alone: a feature that needs another one has to say so.

use serde_json::Value;

use crate::msrv::{list, metadata};

/// The packages that are published.
const PUBLISHED: [&str; 8] = [
    "whose-macros",
    "whose",
    "whose-store",
    "whose-dashboard",
    "whose-opentelemetry",
    "whose-sentry",
    "whose-otlp",
    "whose-json-lines",
];

pub(crate) fn check() -> Result<(), String> {
    for (package, feature) in builds(&metadata()?)? {
        // Clippy compiles like `cargo check`, and denies warnings in this package alone: flags for
        // every crate would build the dependencies again.
        let mut arguments = vec!["clippy", "--quiet", "--no-deps", "--no-default-features"];
        arguments.extend(["-p", package]);
        if let Some(feature) = &feature {
            arguments.extend(["--features", feature]);
        }
        arguments.extend(["--", "-D", "warnings"]);
        crate::cargo(arguments)?;
    }
    Ok(())
}

/// Each published package that has features: without any, then with each one alone.
fn builds(metadata: &Value) -> Result<Vec<(&'static str, Option<String>)>, String> {
    let mut builds = Vec::new();
    for package in PUBLISHED {
        let features = features_of(metadata, package)?;
        let none = (!features.is_empty()).then_some(None);
        let alone = features.into_iter().map(Some);
        builds.extend(
            none.into_iter()
                .chain(alone)
                .map(|feature| (package, feature)),
        );
    }
    Ok(builds)
}

/// The features of a package of the workspace, but not its default.
pub(crate) fn features_of(metadata: &Value, name: &str) -> Result<Vec<String>, String> {
    let package = list(metadata, "packages")
        .iter()
        .find(|package| package["name"] == name && package["source"].is_null())
        .ok_or_else(|| format!("the workspace has no {name}"))?;
    let features = package["features"].as_object().into_iter().flatten();
    let features = features.map(|(feature, _)| feature.clone());
    Ok(features.filter(|feature| feature != "default").collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_feature_but_the_default_is_checked_alone() {
        let builds = builds(&metadata().unwrap()).unwrap();
        let of_runtime: Vec<_> = builds
            .iter()
            .filter(|(package, _)| *package == "whose")
            .map(|(_, feature)| feature.as_deref().unwrap_or("none"))
            .collect();
        assert_eq!(
            of_runtime,
            ["none", "fmt", "rayon", "tokio", "tower", "tsc", "uuid"]
        );
        assert!(builds.iter().all(|(_, f)| f.as_deref() != Some("default")));
    }

    #[test]
    fn missing_package_is_an_error() {
        let metadata = serde_json::json!({ "packages": [] });
        assert!(builds(&metadata).is_err());
    }
}
