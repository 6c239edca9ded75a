//! The generated sections of the READMEs: a few figures for the project, a table for the benchmarks.

use std::fmt::Write as _;

use crate::benchmark::{Role, Unit};
use crate::results::{Figure, Results, amount, code, grouped};
use crate::rows::{events, memory, pipelines, polls, reads, scopes, spans, storage};

/// A case in the summary.
pub(super) struct SummaryRow {
    pub(super) row: &'static str,
    pub(super) case: &'static str,
    /// The contender of `whose` to show; `None` shows the fastest.
    pub(super) ours: Option<&'static str>,
    /// Returns whether a peer does the same as the contender of `whose`.
    pub(super) is_comparable: fn(&str) -> bool,
    pub(super) title: &'static str,
}

const fn row(row: &'static str, case: &'static str, title: &'static str) -> SummaryRow {
    SummaryRow {
        row,
        case,
        ours: None,
        is_comparable: |_| true,
        title,
    }
}

/// The time until the flush has delivered all spans of one producer.
pub(super) const TO_THE_END: &str = "1 producer: a span, to the end";

/// The cases of the table, in its order.
pub(super) const SUMMARY: [SummaryRow; 18] = [
    FROM_STR,
    row(scopes::ROW, scopes::STR_36, "the same, 36 bytes: a UUID"),
    row(
        scopes::ROW,
        scopes::MOVED,
        "the same, prebuilt and moved in",
    ),
    row(scopes::ROW, scopes::CLONED, "the same, prebuilt and cloned"),
    row(
        scopes::ROW,
        scopes::FULL,
        "the same, with user, session and three tags",
    ),
    row(reads::ROW, reads::USER_ID, "read the current user id"),
    row(reads::ROW, reads::WHOLE, "keep the whole attribution"),
    SummaryRow {
        ours: Some("whose with_scope"),
        ..row(polls::ROW, polls::PENDING, "poll a future in its scope")
    },
    row(
        spans::ROW,
        spans::DISABLED[0],
        "attribute on a `fn`, nobody listening",
    ),
    SPAN_WITH_USER,
    row(
        spans::ROW,
        spans::COLLECTED_USER[2],
        "the same, `async` with 10 pending polls",
    ),
    row(
        events::ROW,
        events::IN_3_SPANS,
        "an event with a user, inside three spans",
    ),
    SummaryRow {
        ours: Some("whose, SQLite"),
        ..row(
            storage::ROW,
            storage::SPAN_USER,
            "a span with a user into the store, for the producer",
        )
    },
    PIPELINE,
    SummaryRow {
        ours: Some("whose, JSON lines to a file"),
        is_comparable: |name| name.contains("file"),
        ..row(
            pipelines::ROW,
            TO_THE_END,
            "the same, as JSON lines to a file",
        )
    },
    SummaryRow {
        ours: Some("whose, SQLite"),
        is_comparable: |_| false,
        ..row(pipelines::ROW, TO_THE_END, "the same, to SQLite on disk")
    },
    row(memory::ROW, memory::CONTEXTS, "live bytes a context"),
    row(
        memory::ROW,
        memory::SPANS,
        "bytes that a span leaves behind, after a million",
    ),
];

const FROM_STR: SummaryRow = row(
    scopes::ROW,
    scopes::STR_18,
    "enter and leave a scope, from a `&str`",
);

const SPAN_WITH_USER: SummaryRow = row(
    spans::ROW,
    spans::COLLECTED_USER[0],
    "a span with a user, collected",
);

const PIPELINE: SummaryRow = SummaryRow {
    ours: Some("whose, no-op sink"),
    is_comparable: |name| !name.contains("file"),
    ..row(
        pipelines::ROW,
        TO_THE_END,
        "a span through the whole pipeline, to a no-op exporter",
    )
};

/// The three cases in the README of the project.
const HEADLINES: [SummaryRow; 3] = [FROM_STR, SPAN_WITH_USER, PIPELINE];

impl SummaryRow {
    /// Returns the figures of the case.
    pub(super) fn figures<'a>(&self, results: &'a Results) -> Vec<&'a Figure> {
        let matches = |figure: &&Figure| {
            let is_comparable =
                figure.role == Role::Ours || (self.is_comparable)(&figure.contender);
            is_comparable && figure.row == self.row && figure.case == self.case
        };
        results.figures.iter().filter(matches).collect()
    }

    /// Returns the figure of `whose` to show.
    pub(super) fn ours<'a>(&self, figures: &[&'a Figure]) -> Option<&'a Figure> {
        let ours = figures
            .iter()
            .copied()
            .filter(|figure| figure.role == Role::Ours);
        match self.ours {
            Some(name) => ours.into_iter().find(|figure| figure.contender == name),
            None => ours.min_by(|a, b| a.median.total_cmp(&b.median)),
        }
    }
}

/// Returns the figures of one role from the best on; those that lose spans come last.
pub(super) fn ranked<'a>(figures: &[&'a Figure], role: Role) -> Vec<&'a Figure> {
    let mut ranked: Vec<_> = figures
        .iter()
        .copied()
        .filter(|figure| figure.role == role)
        .collect();
    ranked.sort_by(|a, b| {
        (!a.is_complete())
            .cmp(&!b.is_complete())
            .then(a.median.total_cmp(&b.median))
    });
    ranked
}

/// Splits the peers into the best one that delivers all spans, if any, and the others.
fn best_and_others<'a>(figures: &[&'a Figure]) -> (Vec<&'a Figure>, Vec<&'a Figure>) {
    let peers = ranked(figures, Role::Peer);
    match peers.split_first() {
        Some((first, rest)) if first.is_complete() => (vec![*first], rest.to_vec()),
        _ => (vec![], peers),
    }
}

fn named(figures: &[&Figure]) -> String {
    let each = figures.iter().map(|figure| {
        let loses = if figure.is_complete() {
            ""
        } else {
            ", loses spans"
        };
        let name = code(&figure.contender);
        format!("{} ({name}{loses})", amount(figure.median, figure.unit))
    });
    each.collect::<Vec<_>>().join(", ")
}

/// Formats the section of the project's README: three figures beside the best peer.
#[must_use]
pub fn headlines(results: &Results) -> String {
    let mut text = String::from("| | whose | best peer |\n|---|--:|--:|\n");
    for headline in &HEADLINES {
        let figures = headline.figures(results);
        if let Some(ours) = headline.ours(&figures) {
            let (best, _) = best_and_others(&figures);
            let median = amount(ours.median, ours.unit);
            // Writing to a string cannot fail.
            let _ = writeln!(
                text,
                "| {} | **{median}** | {} |",
                headline.title,
                named(&best)
            );
        }
    }
    text
}

/// Formats the section of the benchmarks' README: a table of the most telling cases.
#[must_use]
pub fn table(results: &Results) -> String {
    let mut text = format!(
        "Medians of one run ({}).\n\n\
         | | whose | best peer | ratio | instructions | other peers | floor |\n|---|--:|--:|--:|--:|---|---|\n",
        results.machine
    );
    for row in &SUMMARY {
        if let Some(line) = line(row, results) {
            // Writing to a string cannot fail.
            let _ = writeln!(text, "{line}");
        }
    }
    text
}

fn line(row: &SummaryRow, results: &Results) -> Option<String> {
    let figures = row.figures(results);
    let ours = row.ours(&figures)?;
    let (best, others) = best_and_others(&figures);
    let ratio = best.first().filter(|best| best.median > 0.0);
    let ratio = ratio.map(|best| format!("{:.2}×", ours.median / best.median));
    let counted = |figure: &Figure| figure.instructions.map(|count| format!("{count:.0}"));
    let instructions = match (counted(ours), best.first().and_then(|best| counted(best))) {
        (Some(ours), Some(best)) => format!("{ours} / {best}"),
        (ours, _) => ours.unwrap_or_default(),
    };
    let per_second = match (ours.unit, row.row == pipelines::ROW) {
        (Unit::Nanoseconds, true) => {
            format!(", {},000 spans/s", grouped(1e6 / ours.median))
        }
        _ => String::new(),
    };
    Some(format!(
        "| {} | **{}**{per_second} | {} | {} | {instructions} | {} | {} |",
        row.title,
        amount(ours.median, ours.unit),
        named(&best),
        ratio.unwrap_or_default(),
        named(&others),
        named(&ranked(&figures, Role::Floor)),
    ))
}

const BEGIN: &str = "<!-- speed: written by the benchmarks -->\n";
const END: &str = "<!-- speed: end -->\n";

/// Replaces the section between the marks of a README; `None` if the README has no marks.
#[must_use]
pub fn replace_section(readme: &str, section: &str) -> Option<String> {
    let (before, rest) = readme.split_once(BEGIN)?;
    let (_, after) = rest.split_once(END)?;
    Some(format!("{before}{BEGIN}{section}{END}{after}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn replaced_section_keeps_text_outside_marks() {
        let readme = format!("a\n{BEGIN}old\n{END}b\n");
        assert_eq!(
            replace_section(&readme, "new\n"),
            Some(format!("a\n{BEGIN}new\n{END}b\n"))
        );
        assert_eq!(replace_section("a\n", "new\n"), None);
    }

    #[test]
    fn headlines_show_whose_beside_best_peer() {
        let figure = |contender, role, median| {
            let unit = Unit::Nanoseconds;
            Figure::new(scopes::ROW, scopes::STR_18, contender, role, median, unit)
        };
        let results = Results {
            machine: String::new(),
            quick: false,
            figures: vec![
                figure("whose guard", Role::Ours, 10.0),
                figure("slow", Role::Peer, 30.0),
                figure("fast", Role::Peer, 20.0),
            ],
        };
        let line = "| enter and leave a scope, from a `&str` | **10.0 ns** | 20.0 ns (fast) |\n";
        assert!(headlines(&results).ends_with(line));
    }
}
