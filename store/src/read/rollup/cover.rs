//! Which rollups and which records answer a query of a time range.

use rusqlite::Connection;

use super::table::Span;
use crate::read::partitions::Partitions;
use crate::read::query::TimeRange;

const SPANS: &str = "SELECT id, first_record, last_record, first_start, last_start
    FROM rollups INDEXED BY rollups_records ORDER BY first_record";

/// A part of the records of a query.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Piece {
    /// The rollup with that row id, of the records from `first` to `last`.
    Rollup { id: i64, first: i64, last: i64 },
    /// The records from one row id to another. No rollup is about them, or their starts lie on both
    /// sides of an end of the time range.
    Records(i64, i64),
}

impl Piece {
    /// The row id of the last record.
    pub(crate) fn last(&self) -> i64 {
        let (Self::Rollup { last, .. } | Self::Records(_, last)) = *self;
        last
    }

    /// The row id of a rollup that stays: of a partition, and not of a batch.
    pub(crate) fn lasting(&self) -> Option<i64> {
        match self {
            Self::Rollup { id, first, last } if last - first == 0xffff => Some(*id),
            _ => None,
        }
    }
}

/// The parts of a query. Each record of the time range is in one of them.
pub(crate) struct Cover(pub(crate) Vec<Piece>);

impl Cover {
    /// The parts of the records in these partitions, which are those that the time range touches.
    pub(crate) fn load(
        connection: &Connection,
        partitions: &Partitions,
        range: TimeRange,
    ) -> rusqlite::Result<Self> {
        Self::load_if(connection, partitions, range, |span| {
            range.contains_range(span.first_start, span.last_start)
        })
    }

    /// The same for a range of whole days, for a query that leaves out the other days of a rollup.
    pub(crate) fn load_days(
        connection: &Connection,
        partitions: &Partitions,
        range: TimeRange,
    ) -> rusqlite::Result<Self> {
        Self::load_if(connection, partitions, range, |span| {
            range.overlaps(span.first_start, span.last_start)
        })
    }

    fn load_if(
        connection: &Connection,
        partitions: &Partitions,
        range: TimeRange,
        is_answer: impl Fn(&Span) -> bool,
    ) -> rusqlite::Result<Self> {
        let mut statement = connection.prepare_cached(SPANS)?;
        let rows =
            statement.query_map((), |row| Ok((row.get::<_, i64>(0)?, Span::read(row, 1)?)))?;
        let mut spans = rows
            .collect::<rusqlite::Result<Vec<_>>>()?
            .into_iter()
            .peekable();
        let mut pieces = Vec::new();
        for partition in &partitions.0 {
            // The first record that no piece has so far; `None` after the greatest row id.
            let mut next = Some(partition.first_id);
            while let Some((id, span)) = spans.next_if(|(_, span)| span.first <= partition.last_id)
            {
                // A later batch may have filled the partition. A forged file can have rollups that
                // overlap.
                let (Some(from), true) =
                    (next, (span.first..=partition.last_id).contains(&span.last))
                else {
                    continue;
                };
                if span.first < from {
                    continue;
                }
                if from < span.first {
                    pieces.push(Piece::Records(from, span.first - 1));
                }
                if is_answer(&span) {
                    let Span { first, last, .. } = span;
                    pieces.push(Piece::Rollup { id, first, last });
                } else if range.overlaps(span.first_start, span.last_start) {
                    pieces.push(Piece::Records(span.first, span.last));
                }
                next = span.last.checked_add(1);
            }
            if let Some(from) = next.filter(|from| *from <= partition.last_id) {
                pieces.push(Piece::Records(from, partition.last_id));
            }
        }
        Ok(Self(pieces))
    }
}
