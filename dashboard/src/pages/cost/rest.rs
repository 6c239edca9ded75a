//! What the rows of a table leave out.

use whose_store::{CostRow, Usage, Usd};

/// The sum of the groups that no row shows.
pub(super) fn rest(total: &Usage, rows: &[CostRow]) -> Usage {
    let mut rest = *total;
    for CostRow { usage, .. } in rows {
        for (sum, part) in [
            (&mut rest.calls, usage.calls),
            (&mut rest.input_tokens, usage.input_tokens),
            (&mut rest.output_tokens, usage.output_tokens),
            (&mut rest.cache_read_tokens, usage.cache_read_tokens),
            (&mut rest.cache_write_tokens, usage.cache_write_tokens),
            (&mut rest.reasoning_tokens, usage.reasoning_tokens),
            (&mut rest.unpriced_calls, usage.unpriced_calls),
        ] {
            *sum = sum.saturating_sub(part);
        }
        if let (Some(sum), Some(part)) = (&mut rest.cost_usd, usage.cost_usd) {
            *sum = *sum - part;
        }
    }
    rest.cost_usd = rest.cost_usd.filter(|cost| *cost != Usd::default());
    rest
}
