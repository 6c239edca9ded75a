//! The table of scores.

use whose_store::{ScoreFilter, ScoreRow, ScoreSummary};

use crate::command_line::table::Table;
use crate::values::{escape, format_number, format_real, format_time, or_dash, pluralize};

/// The most names that are summarised below a table. JSON has more.
const MAX_NAMES: usize = 20;

pub(crate) fn scores() -> Table<ScoreRow> {
    Table::new()
        .text("time", |score: &ScoreRow| format_time(score.time))
        .id("name", |score| escape(&score.name).into_owned())
        .message("score", value)
        .id("user", |score| or_dash(score.user.as_deref()))
        .unless_empty()
        .id("session", |score| or_dash(score.session.as_deref()))
        .unless_empty()
        .id("conversation", |score| {
            or_dash(score.conversation.as_deref())
        })
        .unless_empty()
        .long_message("comment", |score| or_dash(score.comment.as_deref()))
        .unless_empty()
}

/// The number, or else the label: yes and no have both.
fn value(score: &ScoreRow) -> String {
    match (&score.label, score.value) {
        (Some(label), _) => escape(label).into_owned(),
        (None, Some(value)) => format_real(value),
        (None, None) => or_dash(None),
    }
}

/// One line for each name.
pub(crate) fn score_notes(summaries: &[ScoreSummary], filter: &ScoreFilter) -> Vec<String> {
    let scores = summaries.iter().map(|summary| summary.count).sum();
    if scores == 0 {
        let is_filtered = *filter != ScoreFilter::new();
        let note = if is_filtered {
            "no such scores"
        } else {
            "no scores"
        };
        return vec![note.to_owned()];
    }
    let mut notes = vec![pluralize(scores, "score")];
    notes.extend(summaries.iter().take(MAX_NAMES).map(note));
    if summaries.len() > MAX_NAMES {
        let more = pluralize((summaries.len() - MAX_NAMES) as u64, "other name");
        notes.push(format!("  and {more}: --json has all"));
    }
    notes
}

fn note(summary: &ScoreSummary) -> String {
    let mut note = format!(
        "  {}: {}",
        escape(&summary.name),
        pluralize(summary.count, "score")
    );
    if let (Some(mean), Some(min), Some(max)) = (summary.mean, summary.min, summary.max) {
        note += &format!(
            ", mean {}, min {}, max {}",
            format_real(mean),
            format_real(min),
            format_real(max)
        );
    }
    let labels = summary.labels.iter();
    let mut labels: Vec<_> = labels
        .map(|(label, count)| format!("{} {}", escape(label), format_number(*count)))
        .collect();
    if summary.other_labels > 0 {
        labels.push(format!("others {}", format_number(summary.other_labels)));
    }
    match labels.is_empty() {
        true => note,
        false => format!("{note} ({})", labels.join(", ")),
    }
}
