//! The table of the counts.

use std::fmt::Write as _;

use super::callgrind::Counts;
use crate::benchmark::{Benchmark, Role};

/// Formats the counts as a table; the last column is the difference to the floor of the case.
#[must_use]
pub fn table(benchmarks: &[Benchmark], counts: &Counts) -> String {
    let mut table = String::from(
        "| row | case | contender | instructions | over the floor |\n|---|---|---|--:|--:|\n",
    );
    for one in benchmarks {
        let Some(count) = counts.get(&one.key()) else {
            continue;
        };
        let is_floor = |other: &&Benchmark| {
            other.role == Role::Floor && (other.row, other.case) == (one.row, one.case)
        };
        let floor = benchmarks
            .iter()
            .find(is_floor)
            .and_then(|floor| counts.get(&floor.key()));
        let over = floor.map_or("-".into(), |floor| format!("{:+.0}", count - floor));
        let (row, case, contender) = (one.row, one.case, one.contender);
        // Writing to a string cannot fail.
        let _ = writeln!(
            table,
            "| {row} | {case} | {contender} | {count:.0} | {over} |"
        );
    }
    table
}
