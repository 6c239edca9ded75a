//! The counts of each tool.

use std::collections::HashMap;
use std::fmt;

use live_service::{Audit, ExpectedRequest, Traces};

use crate::tools::Shown;

/// The audit of each tool in one run.
pub(crate) struct Report {
    name: &'static str,
    audits: Vec<(&'static str, Audit)>,
}

impl Report {
    pub(crate) fn of(
        name: &'static str,
        known: &HashMap<String, ExpectedRequest>,
        shown: &[Shown],
    ) -> Self {
        // One trace has one id in all tools, except in Sentry, which starts traces of its own.
        let all = shown.iter().flat_map(|shown| &shown.observations);
        let traces = Traces::of(&all.cloned().collect::<Vec<_>>());
        let audit = |shown: &Shown| {
            let audit = Audit::in_traces(&shown.observations, &traces, known, None);
            (shown.tool, audit)
        };
        let audits = shown.iter().map(audit).collect();
        Self { name, audits }
    }

    /// Whether each tool shows something, and nothing with another user or without its user, and the
    /// tools that get every span or every record attribute as many of them as `whose` does.
    pub(crate) fn is_right(&self) -> bool {
        let is_right = |audit: &Audit| {
            audit.right > 0 && audit.wrong.is_empty() && audit.unexplained.is_empty()
        };
        let spans = self.right_of("OTLP spans");
        let records = spans + self.right_of("OTLP logs");
        self.audits.iter().all(|(_, audit)| is_right(audit))
            && self.right_of("OpenTelemetry spans") == spans
            && self.right_of("JSON lines") == records
            && self.right_of("records of whose") >= records
    }

    fn right_of(&self, tool: &str) -> usize {
        let audits = self.audits.iter();
        let of_tool = audits.filter(|(name, _)| *name == tool);
        of_tool.map(|(_, audit)| audit.right).sum()
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let columns = ["right", "no user", "missing", "wrong"];
        let [right, none, missing, wrong] = columns;
        writeln!(
            f,
            "{:<28} {right:>8} {none:>8} {missing:>8} {wrong:>8}",
            self.name
        )?;
        for (tool, audit) in &self.audits {
            let none = audit.missing.values().sum::<usize>() + audit.unattributed;
            let (missing, wrong) = (audit.unexplained.len(), audit.wrong.len());
            let right = audit.right;
            writeln!(f, "{tool:<28} {right:>8} {none:>8} {missing:>8} {wrong:>8}")?;
            for fault in audit.wrong.iter().chain(&audit.unexplained).take(3) {
                writeln!(f, "    {fault}")?;
            }
        }
        Ok(())
    }
}
