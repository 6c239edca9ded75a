//! The notes about lost records.

use whose_store::LostRecords;

use crate::command_line::format::{MAX_MESSAGE, truncate};
use crate::values::{escape, format_time, pluralize};

/// The most losses with a line of their own.
const MAX_LINES: usize = 5;

/// One line for each loss in the time range.
pub(crate) fn losses(losses: &[LostRecords]) -> Vec<String> {
    let line = |lost: &LostRecords| {
        format!(
            "incomplete: {} lost from {} to {}: {}",
            pluralize(lost.records, "record"),
            format_time(lost.from),
            format_time(lost.to),
            escape(&truncate(&lost.reason, MAX_MESSAGE))
        )
    };
    let mut lines: Vec<_> = losses.iter().take(MAX_LINES).map(line).collect();
    let others = losses.get(MAX_LINES..).unwrap_or_default();
    if !others.is_empty() {
        let records = others
            .iter()
            .fold(0_u64, |sum, lost| sum.saturating_add(lost.records));
        lines.push(format!(
            "incomplete: {} lost later, at {}",
            pluralize(records, "record"),
            pluralize(others.len() as u64, "time")
        ));
    }
    lines
}
