//! Monitored jobs.

use rusqlite::{OptionalExtension, Transaction, params};
use whose::CheckInStatus;

use super::column_reader::ColumnReader;
use super::job_row::JobRow;
use super::job_run::{CheckInRow, JobFold};
use super::pages::{MAX_COUNTED, PageSource, Remaining, Rows};
use super::query::Query;
use super::reader::Reader;
use crate::error::StoreError;

/// SQL for the first name after `?1`, as bytes: a forged name may be no UTF-8.
const SELECT_NEXT: &str = "SELECT CAST(monitor AS BLOB) FROM check_ins INDEXED BY check_ins_monitor
    WHERE ?1 IS NULL OR monitor > CAST(?1 AS TEXT) ORDER BY monitor LIMIT 1";

/// SQL for the check-ins of the job `?1` up to record `?2` and before `?3`, in the order of the file.
const SELECT_CHECK_INS: &str = "SELECT c.run, c.status, c.every, c.longest, c.duration, r.start
    FROM check_ins c INDEXED BY check_ins_monitor
    CROSS JOIN records r ON r.id = c.record
    WHERE c.monitor = CAST(?1 AS TEXT) AND c.record <= ?2 AND (?3 IS NULL OR r.start < ?3)
    ORDER BY c.record";

impl Reader {
    pub(super) fn jobs(&self, query: &Query) -> Result<Rows<'_, JobRow>, StoreError> {
        let newest: Option<i64> =
            self.read_tx(|tx| tx.query_row("SELECT max(id) FROM records", (), |row| row.get(0)))?;
        let pages = JobPages {
            reader: self,
            newest: newest.unwrap_or(i64::MIN),
            since: query.range().since,
            before: query.range().until,
            present: query.present(),
            last: None,
        };
        Ok(Rows::new(pages, query.max_rows()))
    }
}

struct JobPages<'r> {
    reader: &'r Reader,
    /// The row id of the newest record.
    newest: i64,
    since: i64,
    /// Only check-ins before this time. The present is no limit: the clock of another machine may be
    /// ahead.
    before: Option<i64>,
    present: i64,
    /// The name of the last job.
    last: Option<Vec<u8>>,
}

impl JobPages<'_> {
    /// The next job with a check-in in or before the time range, in a transaction of its own.
    fn next_row(&mut self) -> Result<Option<JobRow>, StoreError> {
        loop {
            let (next, row) = self.reader.read_tx(|tx| {
                let next: Option<Vec<u8>> = tx
                    .prepare_cached(SELECT_NEXT)?
                    .query_row([&self.last], |row| row.get(0))
                    .optional()?;
                let row = match &next {
                    Some(monitor) => self.job(tx, monitor)?,
                    None => None,
                };
                Ok((next, row))
            })?;
            let has_ended = next.is_none();
            self.last = next.or(self.last.take());
            if has_ended || row.is_some() {
                return Ok(row);
            }
        }
    }

    fn job(&self, tx: &Transaction<'_>, monitor: &[u8]) -> rusqlite::Result<Option<JobRow>> {
        let name = String::from_utf8_lossy(monitor).into_owned();
        let mut fold = JobFold::new(name, self.since, self.present);
        let mut statement = tx.prepare_cached(SELECT_CHECK_INS)?;
        let mut rows = statement.query(params![monitor, self.newest, self.before])?;
        while let Some(row) = rows.next()? {
            let mut columns = ColumnReader::new(row);
            fold.add(CheckInRow {
                run: columns.text()?,
                status: CheckInStatus::parse(&columns.text()?),
                every: columns.optional_number()?,
                longest: columns.optional_number()?,
                duration: columns.optional_number()?,
                time: columns.number()?,
            });
        }
        Ok(fold.finish())
    }
}

impl PageSource for JobPages<'_> {
    type Row = JobRow;

    fn next_page(&mut self, max_rows: usize) -> Result<Vec<JobRow>, StoreError> {
        let mut page = Vec::new();
        while page.len() < max_rows
            && let Some(row) = self.next_row()?
        {
            page.push(row);
        }
        Ok(page)
    }

    fn count_rest(&mut self) -> Result<Remaining, StoreError> {
        let mut count = 0;
        while self.next_row()?.is_some() {
            count += 1;
            if count == MAX_COUNTED {
                return Ok(Remaining::at_least(count));
            }
        }
        Ok(Remaining::exactly(count))
    }
}
