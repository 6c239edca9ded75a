//! Erasing records by age and by size.

use std::time::{Duration, SystemTime};

use serde::Serialize;
use whose::Timestamp;

use super::eraser::{Eraser, WithPathOrLocked, delete};
use super::marks::Marks;
use super::protection::{LeastAges, Protection, RetentionClass};
use super::sweep::SweptRows;
use crate::error::StoreError;

/// Limits for the age and the size of a store; see [`Eraser::keep`].
///
/// ```
/// use std::time::Duration;
/// use whose_store::Retention;
///
/// let retention = Retention::new().days(30).max_bytes(10_000_000_000);
/// assert_eq!(retention, Retention::new().max_age(Duration::from_secs(30 * 86_400)).max_bytes(10_000_000_000));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[must_use = "pass it to `Store::keep` or `Eraser::keep`"]
pub struct Retention {
    max_age: Option<Duration>,
    max_bytes: Option<u64>,
    least_ages: LeastAges,
}

/// The length of a day.
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

impl Retention {
    /// No limits: keeps everything.
    pub fn new() -> Self {
        Self::default()
    }

    /// Keeps records that ended within that many days.
    pub fn days(self, days: u32) -> Self {
        self.max_age(DAY * days)
    }

    /// Keeps records that ended within that time.
    pub fn max_age(mut self, age: Duration) -> Self {
        self.max_age = Some(age);
        self
    }

    /// Keeps the records of a class that ended within that time, whatever the other limits are.
    ///
    /// Use it for records that a law or a contract asks for. The file can then be larger than
    /// [`max_bytes`](Self::max_bytes).
    ///
    /// ```
    /// use std::time::Duration;
    /// use whose_store::{RetentionClass, Retention};
    ///
    /// let half_a_year = Duration::from_secs(180 * 86_400);
    /// let retention = Retention::new().days(30).at_least(RetentionClass::Errors, half_a_year);
    /// assert_ne!(retention, Retention::new().days(30));
    /// ```
    pub fn at_least(mut self, class: RetentionClass, age: Duration) -> Self {
        let classes = RetentionClass::ALL.into_iter().zip(&mut self.least_ages);
        for (_, least) in classes.filter(|(known, _)| *known == class) {
            *least = Some(age);
        }
        self
    }

    /// Keeps the newest records whose file has at most that many bytes.
    pub fn max_bytes(mut self, bytes: u64) -> Self {
        self.max_bytes = Some(bytes);
        self
    }
}

/// The result of [`Eraser::keep`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct RetentionReport {
    /// Erased records.
    pub records: u64,
    /// Rows that only those records referred to.
    pub swept: SweptRows,
    /// Records that are left.
    pub left: u64,
    /// The size of the file before, in bytes.
    pub bytes_before: u64,
    /// The size of the file now, in bytes, without the log.
    pub bytes: u64,
    /// The size of the log in bytes if an open reader blocks its checkpoint, else 0. The file on
    /// disk shrinks when that reader is closed.
    pub log_bytes: u64,
}

/// The divisor of the file size above which free space causes a rewrite. Writers reuse less free
/// space.
const VACUUM_DIVISOR: u64 = 5;

/// The divisor of the records of which every round after the first erases one part at least. Limits
/// the rounds where the average misleads.
const MIN_ROUND_DIVISOR: u64 = 64;

/// Links without records, and tombstones that are too old to matter.
const DELETE_OLD_LINKS: &str = "DELETE FROM links WHERE time < ?1
    AND NOT EXISTS (SELECT 1 FROM gaps WHERE gaps.isolated = links.isolated)";
const DELETE_OLD_LOSSES: &str = "DELETE FROM losses WHERE time_to < ?1";
const DELETE_OLD_COUNTERS: &str = "DELETE FROM counters WHERE time < ?1";
/// The changes of a user on hold stay, as the records do.
const DELETE_OLD_CHANGES: &str = "DELETE FROM profile_changes WHERE time < ?1 AND user NOT IN
    (SELECT u.id FROM holds h JOIN users u ON u.identity = h.identity)";
const DELETE_OLD_SCOPES: &str = "DELETE FROM forgotten_scopes WHERE before < ?1";

impl Eraser {
    /// Erases the oldest records until the limits hold, with every row that only they refer to.
    ///
    /// Runs beside writers and readers: deletes some thousand records in a transaction, and pauses
    /// between two transactions. If a fifth of the file is free afterwards, or the file is too
    /// large, the file is rewritten without free pages; writers wait meanwhile. A size limit can
    /// rewrite the file several times, so that only records that do not fit are erased. The age of a record
    /// counts from its end. Open spans are not in the file yet. Records of users on
    /// [hold](Self::hold) stay.
    ///
    /// ```
    /// use whose_store::{Eraser, Retention};
    ///
    /// # let folder = tempfile::tempdir()?;
    /// # let path = folder.path().join("whose.db");
    /// # drop(whose_store::Store::open(&path)?);
    /// let report = Eraser::open(&path)?.keep(&Retention::new().days(30))?;
    /// println!("{} records erased, {} left", report.records, report.left);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`Locked`](StoreError::Locked) if another connection locks the file for a minute; any error
    /// of SQLite. Erased records stay erased.
    pub fn keep(&self, retention: &Retention) -> Result<RetentionReport, StoreError> {
        self.apply(retention).with_path_or_locked(self.path())
    }

    fn apply(&self, retention: &Retention) -> rusqlite::Result<RetentionReport> {
        let mut report = RetentionReport {
            bytes_before: self.size()?.bytes,
            ..RetentionReport::default()
        };
        let now = SystemTime::now();
        let protection = Protection::load(self.connection(), &retention.least_ages, now)?;
        if let Some(age) = retention.max_age {
            let cutoff = now.checked_sub(age).unwrap_or(SystemTime::UNIX_EPOCH);
            let cutoff = Timestamp::from(cutoff).as_nanos();
            self.erase_older(cutoff, &protection, &mut report)?;
        }
        if let Some(max_bytes) = retention.max_bytes {
            self.erase_to_fit(max_bytes, &protection, &mut report)?;
        }
        let size = self.size()?;
        let is_too_big = retention
            .max_bytes
            .is_some_and(|max_bytes| size.bytes > max_bytes);
        if size.bytes > size.used
            && (is_too_big || size.bytes - size.used >= size.bytes / VACUUM_DIVISOR)
        {
            self.vacuum()?;
        }
        report.log_bytes = self.truncate_log()?;
        report.bytes = self.size()?.bytes;
        report.left = self.records()?;
        Ok(report)
    }

    fn records(&self) -> rusqlite::Result<u64> {
        let sql = "SELECT count(*) FROM records";
        self.connection()
            .query_row(sql, (), |row| row.get::<_, i64>(0))
            .map(i64::unsigned_abs)
    }

    /// Erases the records that ended before `cutoff`. One scan finds them and marks the references
    /// of the others.
    fn erase_older(
        &self,
        cutoff: i64,
        protection: &Protection,
        report: &mut RetentionReport,
    ) -> rusqlite::Result<()> {
        let mut marks = Marks::new();
        while let Some(old) = marks.scan_chunk(self.connection(), cutoff, protection)? {
            for batch in old.chunks(super::eraser::MAX_BATCH) {
                report.records +=
                    self.write(|transaction| delete(transaction, "records", batch, ""))?;
            }
        }
        self.sweep_after(marks, cutoff, report)
    }

    /// Erases the oldest records until the file fits, but none that is written meanwhile. Estimates the size of a record by the
    /// average, so it may need several rounds.
    ///
    /// Deleted rows leave pages that are partly empty, above all in the full-text index. So the file
    /// is rewritten before its size decides about another round.
    fn erase_to_fit(
        &self,
        max_bytes: u64,
        protection: &Protection,
        report: &mut RetentionReport,
    ) -> rusqlite::Result<()> {
        // Without this end, the limit would follow a writer that is faster for ever.
        let newest: Option<i64> =
            self.connection()
                .query_row("SELECT max(id) FROM records", (), |row| row.get(0))?;
        let unprotected = format!(
            "FROM records r WHERE r.id <= {} AND NOT ({})",
            newest.unwrap_or_default(),
            protection.sql()
        );
        // Fewer than `?1` records can be unprotected.
        let nth = format!(
            "SELECT id, start FROM (SELECT r.id, r.start {unprotected} ORDER BY r.id LIMIT ?1)
             ORDER BY id DESC LIMIT 1"
        );
        let up_to = format!("SELECT r.id {unprotected} AND r.id <= ?1 ORDER BY r.id");
        let mut min_excess = 1;
        loop {
            let (used, records) = (self.size()?.used, self.records()?);
            if used <= max_bytes || records == 0 {
                return Ok(());
            }
            let excess = u128::from(records) * u128::from(used - max_bytes) / u128::from(used);
            let excess = i64::try_from(excess).unwrap_or(i64::MAX).max(min_excess);
            let nth = self.connection().query_row(&nth, [excess], |row| {
                Ok((row.get::<_, i64>(0)?, row.get(1)?))
            });
            let Some((last, start)) = rusqlite::OptionalExtension::optional(nth)? else {
                return Ok(());
            };
            report.records += self.delete_records(&up_to, [last])?;
            self.sweep_after(Marks::new(), start, report)?;
            if self.size()?.used > max_bytes {
                self.vacuum()?;
            }
            min_excess = i64::try_from(self.records()? / MIN_ROUND_DIVISOR)
                .unwrap_or(1)
                .max(1);
        }
    }

    fn sweep_after(
        &self,
        marks: Marks,
        cutoff: i64,
        report: &mut RetentionReport,
    ) -> rusqlite::Result<()> {
        self.write(|transaction| {
            transaction.execute(DELETE_OLD_LINKS, [cutoff])?;
            transaction.execute(DELETE_OLD_LOSSES, [cutoff])?;
            transaction.execute(DELETE_OLD_COUNTERS, [cutoff])?;
            transaction.execute(DELETE_OLD_CHANGES, [cutoff])?;
            transaction.execute(DELETE_OLD_SCOPES, [cutoff])
        })?;
        report.swept.add(self.sweep(marks)?);
        self.add_missing_rollups()
    }
}
