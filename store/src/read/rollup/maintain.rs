//! Keeping one rollup for each partition that is full.

use rusqlite::{Connection, OptionalExtension};

use super::scan::Scan;
use super::table::{Columns, Span, insert, load};
use super::values::Rollup;
use crate::read::query::TimeRange;

const SPANS_OF: &str = "SELECT id, first_record, last_record, first_start, last_start FROM rollups
    WHERE first_record BETWEEN ?1 AND ?2 ORDER BY first_record";
const DELETE_OF: &str = "DELETE FROM rollups WHERE first_record BETWEEN ?1 AND ?2";
const STARTS_OF: &str = "SELECT min(start), max(start) FROM records WHERE id BETWEEN ?1 AND ?2";
/// The newest full partition without a rollup of its own.
const MISSING: &str = "SELECT part FROM part_times
    WHERE part < (SELECT max(id) >> 16 FROM records) AND NOT EXISTS
      (SELECT 1 FROM rollups WHERE first_record = part << 16 AND last_record = part << 16 | 65535)
    ORDER BY part DESC LIMIT 1";

/// Every record of a partition, by row id.
fn records_of(part: i64) -> (i64, i64) {
    (part << 16, part << 16 | 0xffff)
}

/// Merges the rollups of the batches of a partition that a batch has filled. Call this in the
/// transaction of the batch.
pub(crate) fn seal_before(connection: &Connection, part: i64) -> rusqlite::Result<()> {
    let (first, last) = records_of(part.saturating_sub(1));
    let mut statement = connection.prepare_cached(SPANS_OF)?;
    let spans = statement.query_map([first, last], |row| {
        Ok((row.get::<_, i64>(0)?, Span::read(row, 1)?))
    })?;
    let spans = spans.collect::<rusqlite::Result<Vec<_>>>()?;
    // A batch of another version, a deletion or a file without rollups leaves a hole.
    let is_whole = spans
        .first()
        .is_some_and(|(_, span)| span.first <= first.max(1))
        && spans.last().is_some_and(|(_, span)| span.last == last)
        && spans
            .windows(2)
            .all(|pair| pair[0].1.last.checked_add(1) == Some(pair[1].1.first));
    if !is_whole {
        add(connection, part.saturating_sub(1))?;
    } else if spans.len() > 1 || spans.iter().any(|(_, span)| span.first != first) {
        let (mut whole, mut sums) = (Span::new(first, last), Vec::new());
        for (id, span) in &spans {
            whole.add_start(span.first_start);
            whole.add_start(span.last_start);
            sums.push(load(connection, *id, Columns::All)?);
        }
        replace(connection, whole, &Rollup::merged(sums))?;
    }
    // A partition that a deletion has touched gets its rollup again, one at a time.
    add_missing(connection).map(drop)
}

/// Sums one full partition that has no rollup: after a deletion, or a migration. Returns whether there
/// was one.
pub(crate) fn add_missing(connection: &Connection) -> rusqlite::Result<bool> {
    let missing = connection
        .prepare_cached(MISSING)?
        .query_row((), |row| row.get(0));
    match missing.optional()? {
        Some(part) => add(connection, part).map(|()| true),
        None => Ok(false),
    }
}

/// Sums a partition from its records.
fn add(connection: &Connection, part: i64) -> rusqlite::Result<()> {
    let records = records_of(part);
    let sums = Scan::new(connection)?.records(connection, records, TimeRange::ALL, Columns::All)?;
    let starts: (Option<i64>, Option<i64>) = connection
        .prepare_cached(STARTS_OF)?
        .query_row([records.0, records.1], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let mut span = Span::new(records.0, records.1);
    if let (Some(first), Some(last)) = starts {
        span.add_start(first);
        span.add_start(last);
    }
    replace(connection, span, &sums)
}

/// Replaces the rollups within the span. The deletion comes first, so that its pages are used again.
fn replace(connection: &Connection, span: Span, sums: &Rollup) -> rusqlite::Result<()> {
    connection
        .prepare_cached(DELETE_OF)?
        .execute([span.first, span.last])?;
    insert(connection, span, sums)
}
