//! What the compiler says of a copy.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use super::package::Package;
use super::workspace::{Copy, Workspace};
use crate::msrv::list;

/// What the compiler said of one copy in one mode.
#[derive(Debug, Default)]
pub(crate) struct Outcome {
    pub(crate) errors: Vec<Diagnostic>,
    pub(crate) warnings: Vec<Diagnostic>,
}

#[derive(Debug)]
pub(crate) struct Diagnostic {
    pub(crate) message: String,
    pub(crate) code: Option<String>,
    /// Where the source says what caused it: outside of any macro.
    pub(crate) place: Option<(PathBuf, usize)>,
    /// Whether it is what a macro documents that it does not take: its own `compile_error!`, or
    /// that the error which `err` prints has no `Display`.
    pub(crate) is_refusal: bool,
}

/// Checks the copy as it is.
pub(crate) fn check(
    workspace: &Workspace,
    package: &Package,
    copy: &Copy,
) -> Result<Outcome, String> {
    let folder = copy.folder.display();
    let id = format!("path+file://{folder}#{}@{}", package.name, package.version);
    let output = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
        .args(["check", "--quiet", "--offline", "--message-format", "json"])
        .arg("--manifest-path")
        .arg(workspace.manifest_path())
        .arg("--target-dir")
        .arg(workspace.target())
        .args(["--package", &id])
        // Flags of whoever runs this would only be about the workspace.
        .env_remove("RUSTFLAGS")
        .output()
        .map_err(|error| format!("cargo check did not start: {error}"))?;
    let outcome = Outcome::read(&String::from_utf8_lossy(&output.stdout), &copy.folder);
    if !output.status.success() && outcome.errors.is_empty() {
        return Err(format!(
            "cargo check of {id}: {}",
            String::from_utf8_lossy(&output.stderr)
        ));
    }
    Ok(outcome)
}

impl Outcome {
    /// Reads what cargo printed about the package in this folder.
    fn read(output: &str, folder: &Path) -> Self {
        let manifest = folder.join("Cargo.toml");
        let mut outcome = Self::default();
        for line in output.lines() {
            let Ok(line) = serde_json::from_str::<Value>(line) else {
                continue;
            };
            let is_of_package = line["manifest_path"].as_str().map(Path::new) == Some(&manifest);
            let message = &line["message"];
            // A summary ("2 warnings emitted") has no span.
            if !is_of_package || list(message, "spans").is_empty() {
                continue;
            }
            let found = Diagnostic::read(message, folder);
            match message["level"].as_str() {
                Some("error") => outcome.errors.push(found),
                Some("warning") => outcome.warnings.push(found),
                _ => {}
            }
        }
        outcome
    }
}

impl Diagnostic {
    /// What cargo said, where the compiler did not get to the copy.
    pub(crate) fn of_cargo(message: String) -> Self {
        Self {
            message,
            code: None,
            place: None,
            is_refusal: false,
        }
    }

    fn read(message: &Value, folder: &Path) -> Self {
        let spans = list(message, "spans");
        let primary = spans.iter().find(|span| span["is_primary"] == true);
        let span = primary.or(spans.first()).unwrap_or(&Value::Null);
        let code = message["code"]["code"].as_str().map(String::from);
        let message = message["message"].as_str().unwrap_or_default();
        let is_of_macro = spans.iter().any(is_of_our_macros);
        Self {
            message: message.into(),
            is_refusal: is_of_macro && (code.is_none() || lacks_display(message)),
            code,
            place: place(span, folder),
        }
    }
}

/// The place that the outermost macro was called at.
fn place(span: &Value, folder: &Path) -> Option<(PathBuf, usize)> {
    let mut span = span;
    while span["expansion"].is_object() {
        span = &span["expansion"]["span"];
    }
    let line = usize::try_from(span["line_start"].as_u64()?).ok()?;
    Some((folder.join(span["file_name"].as_str()?), line))
}

/// Whether an error cannot be printed, itself or by what it holds.
fn lacks_display(message: &str) -> bool {
    message.contains(" doesn't implement `")
        && (message.ends_with("Display`") || message.ends_with("Debug`"))
}

fn is_of_our_macros(span: &Value) -> bool {
    let expansion = &span["expansion"];
    let name = expansion["macro_decl_name"].as_str().unwrap_or_default();
    name.contains("whose::") || (expansion.is_object() && is_of_our_macros(&expansion["span"]))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn outcome(span: &Value, code: &Value, message: &str) -> Outcome {
        let line = json!({
            "reason": "compiler-message",
            "manifest_path": "/copy/Cargo.toml",
            "message": { "level": "error", "message": message, "code": { "code": code }, "spans": [span] },
        });
        Outcome::read(&line.to_string(), Path::new("/copy"))
    }

    #[test]
    fn an_error_in_an_expansion_is_at_the_call_of_the_outermost_macro() {
        let span = json!({
            "file_name": "/rustc/core/macros.rs", "line_start": 1,
            "expansion": {
                "macro_decl_name": "#[::whose::trace]",
                "span": { "file_name": "src/lib.rs", "line_start": 7 },
            },
        });
        let outcome = outcome(&span, &json!("E0308"), "mismatched types");
        let place = outcome.errors[0].place.clone();
        assert_eq!(place, Some((PathBuf::from("/copy/src/lib.rs"), 7)));
        assert!(!outcome.errors[0].is_refusal);
    }

    #[test]
    fn a_refusal_is_told_from_an_error_of_the_crate() {
        let call = json!({ "file_name": "src/lib.rs", "line_start": 7 });
        let ours = json!({
            "file_name": "src/lib.rs", "line_start": 7,
            "expansion": { "macro_decl_name": "#[::whose::trace]", "span": call },
        });
        let no_display = "`E` doesn't implement `std::fmt::Display`";
        let is_refusal = |span: &Value, code: Value, message: &str| {
            outcome(span, &code, message).errors[0].is_refusal
        };
        assert!(is_refusal(&ours, Value::Null, "not this"));
        assert!(is_refusal(&ours, json!("E0277"), no_display));
        assert!(!is_refusal(&call, Value::Null, "not this"));
        assert!(!is_refusal(&call, json!("E0277"), no_display));
    }
}
