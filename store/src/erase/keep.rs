//! Erases what is too old, or too much.

use std::time::{Duration, SystemTime};

use serde::Serialize;
use whose::Timestamp;

use super::eraser::{AtErasing, Eraser, delete};
use super::marks::Marks;
use super::sweep::Swept;
use crate::error::StoreError;

/// What to keep; see [`Eraser::keep`].
///
/// ```
/// use std::time::Duration;
/// use whose_store::Keep;
///
/// let keep = Keep::new().days(30).max_bytes(10_000_000_000);
/// assert_eq!(keep, Keep::new().max_age(Duration::from_secs(30 * 86_400)).max_bytes(10_000_000_000));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[must_use = "give it to `Store::keep` or `Eraser::keep`"]
pub struct Keep {
    max_age: Option<Duration>,
    max_bytes: Option<u64>,
}

/// How long a day is.
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

impl Keep {
    /// Keeps everything, until a limit is set.
    pub fn new() -> Self {
        Self::default()
    }

    /// Only records that ended within so many days.
    pub fn days(self, days: u32) -> Self {
        self.max_age(DAY * days)
    }

    /// Only records that ended within that time.
    pub fn max_age(mut self, age: Duration) -> Self {
        self.max_age = Some(age);
        self
    }

    /// Only so many of the newest records that the file has at most so many bytes.
    pub fn max_bytes(mut self, bytes: u64) -> Self {
        self.max_bytes = Some(bytes);
        self
    }
}

/// What [`Eraser::keep`] has erased.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Kept {
    /// Records that were erased.
    pub records: u64,
    /// What only those records referred to.
    pub swept: Swept,
    /// Records that are left.
    pub left: u64,
    /// The size of the file before, in bytes.
    pub bytes_before: u64,
    /// The size of the file now, in bytes; the log comes on top.
    pub bytes: u64,
    /// The size of the log where an open reader holds it up, 0 else: until that reader is closed,
    /// the file on disk is not smaller.
    pub log_bytes: u64,
}

/// The part of the file that has to be free for it to be rewritten: writers fill free pages anew.
const FREE: u64 = 5;

const OLDEST: &str = "SELECT id FROM records WHERE id <= ?1 ORDER BY id";
const NTH: &str = "SELECT id, start FROM records ORDER BY id LIMIT 1 OFFSET ?1";
/// Links whose records are gone; and what keeps records of forgotten users away, which are too old
/// to come any more.
const OLD_LINKS: &str = "DELETE FROM links WHERE time < ?1
    AND NOT EXISTS (SELECT 1 FROM gaps WHERE gaps.isolated = links.isolated)";
const OLD_LOSSES: &str = "DELETE FROM losses WHERE time_to < ?1";
const OLD_SCOPES: &str = "DELETE FROM forgotten_scopes WHERE before < ?1";

impl Eraser {
    /// Erases the records that are older, or more, than what is to be kept, the oldest first, with
    /// everything that only they referred to.
    ///
    /// It can run while other processes write and read: it deletes some thousand records in a
    /// transaction, and waits between two of them. Where a fifth of the file is free then, or the
    /// file is too big, the file is rewritten without free pages; writers wait meanwhile.
    /// A record is as old as its end; a span that is still open is not in the file yet.
    ///
    /// ```
    /// use whose_store::{Eraser, Keep};
    ///
    /// # let folder = tempfile::tempdir()?;
    /// # let path = folder.path().join("whose.db");
    /// # drop(whose_store::Store::open(&path)?);
    /// let kept = Eraser::open(&path)?.keep(&Keep::new().days(30))?;
    /// println!("{} records erased, {} left", kept.records, kept.left);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`Locked`](StoreError::Locked) where another connection holds the file for a minute; those
    /// of SQLite. What was erased until then stays erased.
    pub fn keep(&self, keep: &Keep) -> Result<Kept, StoreError> {
        self.thin_out(keep).at_erasing(self.path())
    }

    fn thin_out(&self, keep: &Keep) -> rusqlite::Result<Kept> {
        let mut kept = Kept {
            bytes_before: self.size()?.bytes,
            ..Kept::default()
        };
        if let Some(age) = keep.max_age {
            let now = SystemTime::now();
            let cutoff = now.checked_sub(age).unwrap_or(SystemTime::UNIX_EPOCH);
            self.erase_older(Timestamp::from(cutoff).as_nanos(), &mut kept)?;
        }
        if let Some(most) = keep.max_bytes {
            self.erase_to_fit(most, &mut kept)?;
        }
        let size = self.size()?;
        let is_too_big = keep.max_bytes.is_some_and(|most| size.bytes > most);
        if size.bytes > size.used && (is_too_big || size.bytes - size.used >= size.bytes / FREE) {
            self.rewrite()?;
        }
        kept.log_bytes = self.empty_log()?;
        kept.bytes = self.size()?.bytes;
        kept.left = self.records()?;
        Ok(kept)
    }

    fn records(&self) -> rusqlite::Result<u64> {
        let sql = "SELECT count(*) FROM records";
        self.file()
            .query_row(sql, (), |row| row.get::<_, i64>(0))
            .map(i64::unsigned_abs)
    }

    /// Erases what ended before `cutoff`: one pass over the records finds the old ones, and marks
    /// what the others refer to.
    fn erase_older(&self, cutoff: i64, kept: &mut Kept) -> rusqlite::Result<()> {
        let mut marks = Marks::new();
        while let Some(old) = marks.next(self.file(), cutoff)? {
            for batch in old.chunks(super::eraser::BATCH) {
                kept.records +=
                    self.write(|transaction| delete(transaction, "records", batch, ""))?;
            }
        }
        self.sweep_after(marks, cutoff, kept)
    }

    /// Erases the oldest records until what is left fits. How much a record takes is a guess by the
    /// average of the file, so it takes some rounds.
    fn erase_to_fit(&self, most: u64, kept: &mut Kept) -> rusqlite::Result<()> {
        loop {
            let (used, records) = (self.size()?.used, self.records()?);
            if used <= most || records == 0 {
                return Ok(());
            }
            let excess = u128::from(records) * u128::from(used - most) / u128::from(used);
            let excess = i64::try_from(excess).unwrap_or(i64::MAX).max(1);
            let nth = self.file().query_row(NTH, [excess - 1], |row| {
                Ok((row.get::<_, i64>(0)?, row.get(1)?))
            });
            let Some((last, start)) = rusqlite::OptionalExtension::optional(nth)? else {
                return Ok(());
            };
            kept.records += self.delete_records(OLDEST, [last])?;
            self.sweep_after(Marks::new(), start, kept)?;
        }
    }

    fn sweep_after(&self, marks: Marks, cutoff: i64, kept: &mut Kept) -> rusqlite::Result<()> {
        self.write(|transaction| {
            transaction.execute(OLD_LINKS, [cutoff])?;
            transaction.execute(OLD_LOSSES, [cutoff])?;
            transaction.execute(OLD_SCOPES, [cutoff])
        })?;
        kept.swept.add(self.sweep(marks)?);
        Ok(())
    }
}
