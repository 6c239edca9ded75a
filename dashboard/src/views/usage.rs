//! Columns of several tables.

use whose_store::{Counts, Usage};

use crate::format::format_number;
use crate::table::Table;

pub(super) fn with_counts<T: 'static>(table: Table<T>, counts: fn(&T) -> Counts) -> Table<T> {
    table
        .number("spans", move |row| format_number(counts(row).spans))
        .number("events", move |row| format_number(counts(row).events))
        .number("errors", move |row| format_number(counts(row).errors))
}

/// Tokens and cost.
pub(super) fn with_usage<T: 'static>(table: Table<T>, usage: fn(&T) -> Usage) -> Table<T> {
    with_output(with_input(table, usage), usage)
}

/// Tokens and cost, with the cache writes, which cost more than other input.
pub(super) fn with_billed_usage<T: 'static>(table: Table<T>, usage: fn(&T) -> Usage) -> Table<T> {
    let table = with_input(table, usage)
        .number("cache writes", move |row| {
            format_number(usage(row).cache_write_tokens)
        })
        .unless_empty();
    with_output(table, usage)
}

fn with_input<T: 'static>(table: Table<T>, usage: fn(&T) -> Usage) -> Table<T> {
    table
        .number("tokens in", move |row| {
            format_number(usage(row).input_tokens)
        })
        .number("cached", move |row| {
            format_number(usage(row).cache_read_tokens)
        })
        .unless_empty()
}

fn with_output<T: 'static>(table: Table<T>, usage: fn(&T) -> Usage) -> Table<T> {
    table
        .number("tokens out", move |row| {
            format_number(usage(row).output_tokens)
        })
        .number("reasoning", move |row| {
            format_number(usage(row).reasoning_tokens)
        })
        .unless_empty()
        .amount("cost", move |row| usage(row).cost_usd)
        .number("unpriced calls", move |row| {
            format_number(usage(row).unpriced_calls)
        })
        .unless_empty()
}
