//! The start times of each partition, for queries of a time range.

use rusqlite::{Connection, params};

const UPSERT: &str = "INSERT INTO part_times (part, first_start, last_start) VALUES (?1, ?2, ?3)
    ON CONFLICT (part) DO UPDATE SET first_start = min(first_start, excluded.first_start),
    last_start = max(last_start, excluded.last_start)";

/// The earliest and latest start in each partition that a batch touches: one or two partitions.
#[derive(Default)]
pub(super) struct PartitionTimes(Vec<PartitionTime>);

struct PartitionTime {
    part: i64,
    first: i64,
    last: i64,
}

impl PartitionTimes {
    /// Records the start of a record. Row ids only grow.
    pub(super) fn record_start(&mut self, id: i64, start: i64) {
        let part = id >> 16;
        match self.0.last_mut() {
            Some(time) if time.part == part => {
                time.first = time.first.min(start);
                time.last = time.last.max(start);
            }
            _ => self.0.push(PartitionTime {
                part,
                first: start,
                last: start,
            }),
        }
    }

    /// Writes the recorded times.
    pub(super) fn write(&self, connection: &Connection) -> rusqlite::Result<()> {
        let mut upsert = connection.prepare_cached(UPSERT)?;
        for PartitionTime { part, first, last } in &self.0 {
            upsert.execute(params![part, first, last])?;
        }
        Ok(())
    }
}
