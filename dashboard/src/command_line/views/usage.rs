//! Columns of several tables.

use whose_store::{Counts, Usage};

use crate::command_line::table::Table;
use crate::values::{estimate, format_number};

pub(super) fn with_counts<T: 'static>(table: Table<T>, counts: fn(&T) -> Counts) -> Table<T> {
    table
        .number("spans", move |row| count(counts(row), |it| it.spans))
        .number("events", move |row| count(counts(row), |it| it.events))
        .number("errors", move |row| count(counts(row), |it| it.errors))
}

fn count(counts: Counts, of: fn(&Counts) -> u64) -> String {
    estimate(format_number(of(&counts)), counts.is_estimated)
}

/// A number of calls or tokens.
pub(super) fn number(usage: Usage, of: fn(&Usage) -> u64) -> String {
    estimate(format_number(of(&usage)), usage.is_estimated)
}

/// Tokens and cost.
pub(super) fn with_usage<T: 'static>(table: Table<T>, usage: fn(&T) -> Usage) -> Table<T> {
    with_output(with_input(table, usage), usage)
}

/// Tokens and cost, with the cache writes, which cost more than other input.
pub(super) fn with_billed_usage<T: 'static>(table: Table<T>, usage: fn(&T) -> Usage) -> Table<T> {
    let table = with_input(table, usage)
        .number("cache writes", move |row| {
            number(usage(row), |it| it.cache_write_tokens)
        })
        .unless_empty();
    with_output(table, usage)
}

fn with_input<T: 'static>(table: Table<T>, usage: fn(&T) -> Usage) -> Table<T> {
    table
        .number("tokens in", move |row| {
            number(usage(row), |it| it.input_tokens)
        })
        .number("cached", move |row| {
            number(usage(row), |it| it.cache_read_tokens)
        })
        .unless_empty()
}

fn with_output<T: 'static>(table: Table<T>, usage: fn(&T) -> Usage) -> Table<T> {
    table
        .number("tokens out", move |row| {
            number(usage(row), |it| it.output_tokens)
        })
        .number("reasoning", move |row| {
            number(usage(row), |it| it.reasoning_tokens)
        })
        .unless_empty()
        .amount(
            "cost",
            move |row| usage(row).cost_usd,
            move |row| usage(row).is_estimated,
        )
        .number("unpriced calls", move |row| {
            number(usage(row), |it| it.unpriced_calls)
        })
        .unless_empty()
}
