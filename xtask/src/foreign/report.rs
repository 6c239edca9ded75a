//! What was found, crate by crate.

use std::path::Path;

use super::check::Diagnostic;
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
    pub(crate) attempt: Attempt,
    pub(crate) seconds: f32,
}

/// What the compiler said, until it said no more.
#[derive(Default)]
pub(crate) struct Attempt {
    /// Functions that a macro does not take, for a documented reason.
    pub(crate) refused: Vec<LeftOut>,
    /// Functions that do not compile with their attribute.
    pub(crate) failed: Vec<LeftOut>,
    /// Errors that are in no annotated function.
    pub(crate) elsewhere: Vec<Diagnostic>,
    /// Of the last round.
    pub(crate) warnings: Vec<Diagnostic>,
}

/// A function that stayed without its attribute, and its first error.
pub(crate) struct LeftOut {
    pub(crate) function: String,
    pub(crate) reason: Diagnostic,
}

impl Attempt {
    pub(crate) fn compiles(&self) -> bool {
        self.failed.is_empty() && self.elsewhere.is_empty()
    }
}

impl Report {
    /// Whether the crate compiles as it is, and not with an attribute.
    pub(crate) fn is_failure(&self) -> bool {
        let compiles = |mode| {
            self.result(mode)
                .is_none_or(|result| result.attempt.compiles())
        };
        compiles(Mode::Plain) && !Mode::ALL.into_iter().all(compiles)
    }

    fn result(&self, mode: Mode) -> Option<&ModeResult> {
        self.results.iter().find(|result| result.mode == mode)
    }

    /// How many warnings the mode has more than the crate as it is.
    fn added_warnings(&self, mode: Mode) -> usize {
        let warnings = |mode| {
            self.result(mode)
                .map_or(0, |result| result.attempt.warnings.len())
        };
        warnings(mode).saturating_sub(warnings(Mode::Plain))
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
        let Attempt {
            refused,
            failed,
            elsewhere,
            ..
        } = &result.attempt;
        let counts = [
            (failed.len(), "fail"),
            (elsewhere.len(), "errors"),
            (refused.len(), "refused"),
            (self.added_warnings(mode), "warnings"),
        ];
        let mut parts: Vec<_> = counts
            .iter()
            .filter(|(count, _)| *count > 0)
            .map(|(count, what)| format!("{count} {what}"))
            .collect();
        if result.attempt.compiles() {
            parts.insert(0, "ok".into());
        }
        format!(" {:<24}", parts.join(", "))
    }

    /// The first errors of each mode, the shapes that were refused, and what is warned about.
    pub(crate) fn details(&self) -> String {
        let mut lines = Vec::new();
        if self.unparsed > 0 {
            lines.push(format!(
                "    {} files are no Rust on their own, and stay as they are",
                self.unparsed
            ));
        }
        for result in &self.results {
            let attempt = &result.attempt;
            let mut tell = |what: &str, found: &Diagnostic| {
                let (mode, found) = (result.mode.name(), shown(found, &self.package));
                lines.push(format!("    {mode}: {what}{found}"));
            };
            // That an error cannot be printed has a code; why a shape is refused has none.
            let is_shape = |refused: &&LeftOut| refused.reason.code.is_none();
            for refused in attempt.refused.iter().filter(is_shape).take(SHOWN) {
                tell(
                    &format!("`{}` refused: ", refused.function),
                    &refused.reason,
                );
            }
            for failed in attempt.failed.iter().take(SHOWN) {
                tell(&format!("`{}`: ", failed.function), &failed.reason);
            }
            for error in attempt.elsewhere.iter().take(SHOWN) {
                tell("", error);
            }
            let added = self.added_warnings(result.mode);
            for warning in attempt.warnings.iter().rev().take(added.min(SHOWN)) {
                tell("warning: ", warning);
            }
        }
        lines.join("\n")
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
