//! What the process has counted beside its records, kept in the file.

use std::time::{Duration, Instant, SystemTime};

use rusqlite::{Connection, params};
use whose::Timestamp;

/// How long a change of a counter may wait until the next batch writes it.
const INTERVAL: Duration = Duration::from_secs(2);

const UPSERT: &str = "INSERT INTO counters (process, name, count, time) VALUES (?1, ?2, ?3, ?4)
    ON CONFLICT (process, name) DO UPDATE SET count = excluded.count, time = excluded.time";

/// The counters of the process, as they were written last.
pub(super) struct CounterLog {
    process: [u8; 16],
    written: Counts,
    written_at: Option<Instant>,
}

type Counts = Vec<(&'static str, u64)>;

impl CounterLog {
    pub(super) fn new(connection: &Connection) -> rusqlite::Result<Self> {
        let process = connection.query_row("SELECT randomblob(16)", (), |row| row.get(0))?;
        Ok(Self {
            process,
            written: Counts::new(),
            written_at: None,
        })
    }

    /// Writes the counters that have changed, if the last time is long enough ago or `now` is set.
    /// Pass the result to [`committed`](Self::committed) after the commit.
    pub(super) fn write(
        &self,
        connection: &Connection,
        now: bool,
    ) -> rusqlite::Result<Option<Counts>> {
        let is_due = self.written_at.is_none_or(|at| at.elapsed() >= INTERVAL);
        if !is_due && !now {
            return Ok(None);
        }
        let counts = counts();
        let time = Timestamp::from(SystemTime::now()).as_nanos();
        for (name, count) in &counts {
            if !self.written.contains(&(name, *count)) {
                let row = params![self.process, name, count.cast_signed(), time];
                connection.prepare_cached(UPSERT)?.execute(row)?;
            }
        }
        Ok(Some(counts))
    }

    pub(super) fn committed(&mut self, counts: Option<Counts>) {
        if let Some(counts) = counts {
            self.written = counts;
            self.written_at = Some(Instant::now());
        }
    }

    /// Whether a counter has changed since it was written.
    pub(super) fn has_changed(&self) -> bool {
        counts() != self.written
    }

    /// Forgets what was written, after the file was replaced.
    pub(super) fn forget(&mut self) {
        self.written.clear();
        self.written_at = None;
    }
}

/// The counters above zero. The numbers of records are left out: the file has the records.
fn counts() -> Counts {
    let counts = whose::stats();
    let counts = counts
        .iter()
        .filter(|(name, count)| *count > 0 && *name != "records" && !name.starts_with("records."));
    counts.collect()
}
