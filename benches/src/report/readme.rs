//! The section of the README about speed: a table of the cases that say most.

use std::fmt::Write as _;

use crate::op::{Role, Unit};
use crate::results::{Figure, Results, amount, code, grouped};
use crate::rows::{memory, pipeline, polls, reads, scopes, spans};

/// A case that is shown, and what it is called there.
pub(super) struct Shown {
    pub(super) row: &'static str,
    pub(super) case: &'static str,
    /// Which of ours, where several take part; otherwise the fastest.
    pub(super) ours: Option<&'static str>,
    /// Whether a contender does the same thing, where not all do.
    pub(super) is_like: fn(&str) -> bool,
    pub(super) title: &'static str,
}

const fn shown(row: &'static str, case: &'static str, title: &'static str) -> Shown {
    Shown {
        row,
        case,
        ours: None,
        is_like: |_| true,
        title,
    }
}

/// To the end, flush included: what it costs that a span arrives.
pub(super) const TO_THE_END: &str = "1 producer: a span, to the end";

/// The cases of the table, in its order.
pub(super) const SHOWN: [Shown; 14] = [
    shown(
        scopes::ROW,
        scopes::STR_18,
        "enter and leave a scope, from a `&str`",
    ),
    shown(
        scopes::ROW,
        scopes::MOVED,
        "the same, prebuilt and moved in",
    ),
    shown(
        scopes::ROW,
        scopes::FULL,
        "the same, with user, session and three tags",
    ),
    shown(reads::ROW, reads::USER_ID, "read the current user id"),
    shown(reads::ROW, reads::WHOLE, "keep the whole attribution"),
    Shown {
        ours: Some("whose with_scope"),
        ..shown(polls::ROW, polls::PENDING, "poll a future in its scope")
    },
    shown(
        spans::ROW,
        spans::QUIET[0],
        "attribute on a `fn`, nobody listening",
    ),
    shown(
        spans::ROW,
        spans::SPAN_USER[0],
        "a span with a user, collected",
    ),
    shown(
        spans::ROW,
        spans::SPAN_USER[2],
        "the same, `async` with 10 pending polls",
    ),
    Shown {
        ours: Some("whose, no-op sink"),
        is_like: |name| !name.contains("file"),
        ..shown(
            pipeline::ROW,
            TO_THE_END,
            "a span through the whole pipeline, to a no-op exporter",
        )
    },
    Shown {
        ours: Some("whose, JSON lines to a file"),
        is_like: |name| name.contains("file"),
        ..shown(
            pipeline::ROW,
            TO_THE_END,
            "the same, as JSON lines to a file",
        )
    },
    Shown {
        ours: Some("whose, SQLite"),
        is_like: |_| false,
        ..shown(pipeline::ROW, TO_THE_END, "the same, to SQLite on disk")
    },
    shown(memory::ROW, memory::CONTEXTS, "live bytes a context"),
    shown(
        memory::ROW,
        memory::SPANS,
        "bytes that a span leaves behind, after a million",
    ),
];

impl Shown {
    /// The figures of the case.
    pub(super) fn of<'a>(&self, results: &'a Results) -> Vec<&'a Figure> {
        let is_it = |figure: &&Figure| {
            let is_like = figure.role == Role::Ours || (self.is_like)(&figure.contender);
            is_like && figure.row == self.row && figure.case == self.case
        };
        results.figures.iter().filter(is_it).collect()
    }

    /// Which of ours is shown.
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

/// The figures of that role, the best first; those that lose spans last.
pub(super) fn ranked<'a>(figures: &[&'a Figure], role: Role) -> Vec<&'a Figure> {
    let mut ranked: Vec<_> = figures
        .iter()
        .copied()
        .filter(|figure| figure.role == role)
        .collect();
    ranked.sort_by(|a, b| {
        (!a.is_whole())
            .cmp(&!b.is_whole())
            .then(a.median.total_cmp(&b.median))
    });
    ranked
}

/// The section between the marks of the README.
#[must_use]
pub fn section(results: &Results) -> String {
    let mut text = format!(
        "Medians of one run ({}), release with thin LTO; `cargo bench -p whose-benches` makes this \
         table and the plots, and [all figures](benches/results.md). A peer that loses spans is \
         never the best one. Instructions are those of whose / the best peer, on the thread that \
         does the work; what other threads do to deliver a span is in the rows of the pipeline.\n\n\
         | | whose | best peer | ratio | instructions | other peers | floor |\n|---|--:|--:|--:|--:|---|---|\n",
        results.machine
    );
    for shown in &SHOWN {
        if let Some(line) = line(shown, results) {
            // Writing to a string cannot fail.
            let _ = writeln!(text, "{line}");
        }
    }
    text.push_str(
        "\n![Time of each operation, beside the peers](benches/speed.svg)\n\n\
         ![How the cost grows](benches/growth.svg)\n",
    );
    text
}

fn line(shown: &Shown, results: &Results) -> Option<String> {
    let figures = shown.of(results);
    let ours = shown.ours(&figures)?;
    let peers = ranked(&figures, Role::Peer);
    let (best, others): (Vec<_>, Vec<_>) = match peers.split_first() {
        Some((first, rest)) if first.is_whole() => (vec![*first], rest.to_vec()),
        _ => (vec![], peers),
    };
    let named = |figures: &[&Figure]| {
        let each = figures.iter().map(|figure| {
            let loses = if figure.is_whole() {
                ""
            } else {
                ", loses spans"
            };
            let name = code(&figure.contender);
            format!("{} ({name}{loses})", amount(figure.median, figure.unit))
        });
        each.collect::<Vec<_>>().join(", ")
    };
    let ratio = best.first().filter(|best| best.median > 0.0);
    let ratio = ratio.map(|best| format!("{:.2}×", ours.median / best.median));
    let counted = |figure: &Figure| figure.instructions.map(|count| format!("{count:.0}"));
    let instructions = match (counted(ours), best.first().and_then(|best| counted(best))) {
        (Some(ours), Some(best)) => format!("{ours} / {best}"),
        (ours, _) => ours.unwrap_or_default(),
    };
    let per_second = match (ours.unit, shown.row == pipeline::ROW) {
        (Unit::Nanoseconds, true) => {
            format!(", {},000 spans/s", grouped(1e6 / ours.median))
        }
        _ => String::new(),
    };
    Some(format!(
        "| {} | **{}**{per_second} | {} | {} | {instructions} | {} | {} |",
        shown.title,
        amount(ours.median, ours.unit),
        named(&best),
        ratio.unwrap_or_default(),
        named(&others),
        named(&ranked(&figures, Role::Floor)),
    ))
}

const BEGIN: &str = "<!-- speed: written by the benchmarks -->\n";
const END: &str = "<!-- speed: end -->\n";

/// The README with that section between its marks; `None` where it has no marks.
#[must_use]
pub fn replaced(readme: &str, section: &str) -> Option<String> {
    let (before, rest) = readme.split_once(BEGIN)?;
    let (_, after) = rest.split_once(END)?;
    Some(format!("{before}{BEGIN}{section}{END}{after}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_between_the_marks_is_replaced() {
        let readme = format!("a\n{BEGIN}old\n{END}b\n");
        assert_eq!(
            replaced(&readme, "new\n"),
            Some(format!("a\n{BEGIN}new\n{END}b\n"))
        );
        assert_eq!(replaced("a\n", "new\n"), None);
    }
}
