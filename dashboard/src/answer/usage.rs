//! Columns that several answers have.

use whose_store::{Counts, Usage};

use crate::table::Table;
use crate::text::number;

pub(super) fn with_counts<T: 'static>(table: Table<T>, counts: fn(&T) -> Counts) -> Table<T> {
    table
        .number("spans", move |row| number(counts(row).spans))
        .number("events", move |row| number(counts(row).events))
        .number("errors", move |row| number(counts(row).errors))
}

pub(super) fn with_usage<T: 'static>(table: Table<T>, usage: fn(&T) -> Usage) -> Table<T> {
    table
        .number("tokens in", move |row| number(usage(row).input_tokens))
        .number("tokens out", move |row| number(usage(row).output_tokens))
        .amount("cost", move |row| usage(row).cost_usd)
        .number("unpriced calls", move |row| {
            number(usage(row).unpriced_calls)
        })
        .unless_empty()
}
