//! What the answers lack.

use whose_store::LostRecords;

use crate::text::{MESSAGE, counted, cut, shown, time};

/// So many losses are told one by one.
const TOLD: usize = 5;

/// A line for each loss of the time range.
pub(crate) fn losses(losses: &[LostRecords]) -> Vec<String> {
    let line = |lost: &LostRecords| {
        format!(
            "incomplete: {} lost from {} to {}: {}",
            counted(lost.records, "record"),
            time(lost.from),
            time(lost.to),
            shown(&cut(&lost.reason, MESSAGE))
        )
    };
    let mut lines: Vec<_> = losses.iter().take(TOLD).map(line).collect();
    let others = losses.get(TOLD..).unwrap_or_default();
    if !others.is_empty() {
        let records = others
            .iter()
            .fold(0_u64, |sum, lost| sum.saturating_add(lost.records));
        lines.push(format!(
            "incomplete: {} lost later, at {}",
            counted(records, "record"),
            counted(others.len() as u64, "time")
        ));
    }
    lines
}
