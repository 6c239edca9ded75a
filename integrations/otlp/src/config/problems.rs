//! What is wrong with the settings.

/// What is wrong with the settings, for one warning.
#[derive(Debug, Default)]
pub(crate) struct Problems(Vec<String>);

impl Problems {
    /// Adds a problem, unless the same one is there: both signals read the same variables.
    pub(crate) fn add(&mut self, problem: impl Into<String>) {
        let problem = problem.into();
        if !self.0.contains(&problem) {
            self.0.push(problem);
        }
    }

    /// The warning; `None` without a problem.
    pub(crate) fn warning(&self) -> Option<String> {
        (!self.0.is_empty()).then(|| format!("settings of the OTLP sink: {}", self.0.join("; ")))
    }
}
