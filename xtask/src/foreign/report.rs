//! What was found, crate by crate.

use std::path::Path;

use super::check::{Diagnostic, Outcome};
use super::mode::Mode;
use super::package::Package;

/// Errors of each crate and mode that are shown.
const SHOWN: usize = 3;

/// What became of one crate.
pub(crate) struct Report {
    pub(crate) package: Package,
    pub(crate) functions: usize,
    pub(crate) asynchronous: usize,
    pub(crate) unparsed: usize,
    pub(crate) results: Vec<ModeResult>,
}

/// What became of one crate in one mode.
pub(crate) struct ModeResult {
    pub(crate) mode: Mode,
    pub(crate) outcome: Result<Outcome, String>,
    /// Functions that a macro refused with a reason, and that stayed without an attribute.
    pub(crate) refused: Vec<Refused>,
    pub(crate) seconds: f32,
}

pub(crate) struct Refused {
    pub(crate) function: String,
    pub(crate) reason: Diagnostic,
}

impl Report {
    /// Whether the crate compiles as it is, and not with an attribute.
    pub(crate) fn is_failure(&self) -> bool {
        let compiles = |mode| self.result(mode).is_none_or(ModeResult::compiles);
        compiles(Mode::Plain) && !Mode::ALL.into_iter().all(compiles)
    }

    fn result(&self, mode: Mode) -> Option<&ModeResult> {
        self.results.iter().find(|result| result.mode == mode)
    }

    fn warnings(&self, mode: Mode) -> usize {
        let outcome = self.result(mode).map(|result| &result.outcome);
        outcome.map_or(0, |outcome| {
            outcome.as_ref().map_or(0, |outcome| outcome.warnings.len())
        })
    }

    /// The crate's line of the table.
    pub(crate) fn row(&self) -> String {
        let Package { name, version, .. } = &self.package;
        let seconds: f32 = self.results.iter().map(|result| result.seconds).sum();
        let cells: String = Mode::ALL.iter().map(|mode| self.cell(*mode)).collect();
        format!(
            "{name:<22} {version:<10} {:>9} {:>5} {cells} {seconds:>7.1}",
            self.functions, self.asynchronous
        )
    }

    fn cell(&self, mode: Mode) -> String {
        let Some(result) = self.result(mode) else {
            return format!(" {:<24}", "-");
        };
        let mut text = match &result.outcome {
            Ok(outcome) if outcome.errors.is_empty() => "ok".to_owned(),
            Ok(outcome) => format!("{} errors", outcome.errors.len()),
            Err(_) => "not checked".to_owned(),
        };
        if !result.refused.is_empty() {
            text.push_str(&format!(", {} refused", result.refused.len()));
        }
        let added = self
            .warnings(mode)
            .saturating_sub(self.warnings(Mode::Plain));
        if added > 0 && result.compiles() {
            text.push_str(&format!(", {added} warn"));
        }
        format!(" {text:<24}")
    }

    /// The first errors of each mode, what was refused and what is warned about.
    pub(crate) fn details(&self) -> String {
        let mut lines = Vec::new();
        if self.unparsed > 0 {
            lines.push(format!(
                "    {} files are no Rust on their own, and stay as they are",
                self.unparsed
            ));
        }
        for result in &self.results {
            let name = result.mode.name();
            let mut tell = |what: &str, found: &Diagnostic| {
                lines.push(format!("    {name}: {what}{}", shown(found, &self.package)));
            };
            // That an error cannot be printed has a code; why a shape is refused has none.
            let unusual = |refused: &&Refused| refused.reason.code.is_none();
            for refused in result.refused.iter().filter(unusual).take(SHOWN) {
                tell(
                    &format!("`{}` refused: ", refused.function),
                    &refused.reason,
                );
            }
            match &result.outcome {
                Ok(outcome) => {
                    for error in outcome.errors.iter().take(SHOWN) {
                        tell("", error);
                    }
                    if self.warnings(result.mode) > self.warnings(Mode::Plain) {
                        for warning in outcome.warnings.iter().rev().take(SHOWN) {
                            tell("warning: ", warning);
                        }
                    }
                }
                Err(error) => lines.push(format!("    {name}: {}", error.trim_end())),
            }
        }
        lines.join("\n")
    }
}

impl ModeResult {
    fn compiles(&self) -> bool {
        self.outcome
            .as_ref()
            .is_ok_and(|outcome| outcome.errors.is_empty())
    }
}

/// The heads of the columns.
pub(crate) fn head() -> String {
    let modes: String = Mode::ALL
        .iter()
        .map(|mode| format!(" {:<24}", mode.name()))
        .collect();
    format!(
        "{:<22} {:<10} {:>9} {:>5} {modes} {:>7}",
        "crate", "version", "functions", "async", "seconds"
    )
}

fn shown(found: &Diagnostic, package: &Package) -> String {
    let place = found.place.as_ref().map(|(file, line)| {
        let from = file.to_string_lossy();
        let inside = from.split_once(&package.folder_name());
        let file = inside.map_or(&*from, |(_, file)| file.trim_start_matches('/'));
        format!("{}:{line}: ", Path::new(file).display())
    });
    let code = found.code.as_ref().map(|code| format!(" [{code}]"));
    format!(
        "{}{}{}",
        place.unwrap_or_default(),
        found.message,
        code.unwrap_or_default()
    )
}
