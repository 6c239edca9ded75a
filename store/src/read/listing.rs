//! Who is in the file, and in which sessions.

use std::collections::VecDeque;

use rusqlite::{OptionalExtension, Row, Transaction, params};

use super::activity::{Activity, Ledger};
use super::cells::Cells;
use super::column::{Column, Met};
use super::id_set::IdSet;
use super::parts::{Part, Parts};
use super::query::{Query, TimeRange};
use super::reader::Reader;
use super::rows::{SessionRow, UserRow};
use super::stream::{COUNT_BOUND, Pages, Remaining, Rows};
use crate::error::StoreError;

impl Reader {
    /// The users that have records, the one whose newest record was written last first.
    ///
    /// A span is written when it ends, so this is the order of when users were last seen; the
    /// order differs where several processes write, by the time that a batch takes.
    ///
    /// # Errors
    /// Those of SQLite.
    pub fn users(&self, query: &Query) -> Result<Rows<'_, UserRow>, StoreError> {
        self.listing(Column::User, None, query, user)
    }

    /// The sessions that have records, or those that have records of one user; the one whose newest
    /// record was written last first. The figures are those of the whole session.
    ///
    /// # Errors
    /// [`UnknownUser`](StoreError::UnknownUser), and those of SQLite.
    pub fn sessions(
        &self,
        user_id: Option<&str>,
        query: &Query,
    ) -> Result<Rows<'_, SessionRow>, StoreError> {
        let user = user_id.map(|id| self.user_key(id)).transpose()?;
        self.listing(Column::Session, user, query, session)
    }

    fn listing<'r, T: 'r>(
        &'r self,
        column: Column,
        user: Option<i64>,
        query: &Query,
        row: MakeRow<T>,
    ) -> Result<Rows<'r, T>, StoreError> {
        let parts = self.parts(query)?;
        let ledger = self.read(|tx| Ledger::of(self, tx, column, &parts, query.range()))?;
        let listing = Listing {
            reader: self,
            walk: Walk {
                column,
                user,
                range: query.range(),
                waiting: parts,
                found: Vec::new(),
                last_id: i64::MAX,
                listed: IdSet::default(),
            },
            found: VecDeque::new(),
            ledger,
            row,
        };
        Ok(Rows::new(listing, query.most()))
    }
}

type MakeRow<T> = fn(&Transaction<'_>, i64, Activity) -> rusqlite::Result<T>;

/// A page ends when so many records were read for its figures.
const PAGE_RECORDS: u64 = 200_000;

/// So many users are looked for before their figures are read in one transaction.
const BATCH: usize = 64;

struct Listing<'r, T> {
    reader: &'r Reader,
    walk: Walk,
    /// Those that were found and are not listed yet.
    found: VecDeque<Met>,
    ledger: Ledger<'r>,
    row: MakeRow<T>,
}

impl<T> Listing<'_, T> {
    /// Lists some of those that were found.
    fn list(&mut self, most: usize, page: &mut Vec<T>) -> Result<u64, StoreError> {
        let Self {
            reader,
            found,
            ledger,
            row,
            ..
        } = self;
        reader.read(|tx| {
            let mut records = 0;
            while page.len() < most
                && records < PAGE_RECORDS
                && let Some(met) = found.pop_front()
            {
                let activity = ledger.activity(tx, &met)?;
                records += activity.counts.records();
                // The records may have been deleted meanwhile.
                if activity.counts.records() > 0 {
                    page.push(row(tx, met.number, activity)?);
                }
            }
            Ok(records)
        })
    }
}

impl<T> Pages for Listing<'_, T> {
    type Row = T;

    fn next_page(&mut self, most: usize) -> Result<Vec<T>, StoreError> {
        let (mut page, mut records) = (Vec::new(), 0);
        while page.len() < most && (page.is_empty() || records < PAGE_RECORDS) {
            while self.found.len() < BATCH
                && let Some(met) = self.walk.next(self.reader)?
            {
                self.found.push_back(met);
            }
            if self.found.is_empty() {
                break;
            }
            records += self.list(most, &mut page)?;
        }
        Ok(page)
    }

    fn count_rest(&mut self) -> Result<Remaining, StoreError> {
        let mut count = self.found.len() as u64;
        while self.walk.next(self.reader)?.is_some() {
            count += 1;
            if count > COUNT_BOUND {
                return Ok(Remaining::at_least(COUNT_BOUND));
            }
        }
        Ok(Remaining::exactly(count))
    }
}

/// Goes through the file from its end, and finds each number where it has its newest record.
pub(super) struct Walk {
    column: Column,
    /// Only sessions with records of this user.
    user: Option<i64>,
    range: TimeRange,
    /// The parts that were not looked at, the next one last.
    waiting: Parts,
    /// The numbers of the last part that was, the next one last.
    found: Vec<i64>,
    /// The last record of that part.
    last_id: i64,
    listed: IdSet,
}

impl Walk {
    pub(super) fn next(&mut self, reader: &Reader) -> Result<Option<Met>, StoreError> {
        loop {
            if let Some(number) = self.found.pop() {
                // A session of a user can have newer records, of others.
                let is_newest = self.user.is_none();
                return Ok(Some(Met {
                    number,
                    last_id: if is_newest { self.last_id } else { i64::MAX },
                }));
            }
            let Some(part) = self.waiting.0.pop() else {
                return Ok(None);
            };
            self.last_id = part.last_id;
            let mut found = reader.read(|tx| self.numbers(tx, &part))?;
            found.sort_unstable();
            // From the newest record on: a number is listed where it is met first.
            found.reverse();
            found.retain(|(_, number)| self.listed.insert(*number));
            found.reverse();
            self.found = found.into_iter().map(|(_, number)| number).collect();
        }
    }

    /// The numbers of a part, each with a record of it.
    fn numbers(&self, tx: &Transaction<'_>, part: &Part) -> rusqlite::Result<Vec<(i64, i64)>> {
        let name = self.column.name();
        if let Some(user) = self.user {
            let sql = format!(
                "SELECT r.id, r.{name}, r.start FROM {} AND r.{name} IS NOT NULL",
                Column::User.records_of_part()
            );
            let keys = params![part.key(user), user, part.first_id, part.last_id];
            return self.in_range(tx, &sql, keys);
        }
        if !self.range.covers(part.least, part.greatest) {
            let sql = format!(
                "SELECT id, {name}, start FROM records
                 WHERE id BETWEEN ?1 AND ?2 AND {name} IS NOT NULL"
            );
            return self.in_range(tx, &sql, params![part.first_id, part.last_id]);
        }
        let mut statement = tx.prepare_cached(&self.column.numbers_of_part())?;
        let keys = params![part.key(0), part.key(0xffff_ffff), part.last_id];
        let mut rows = statement.query(keys)?;
        let mut found = Vec::new();
        while let Some(row) = rows.next()? {
            if let Some(id) = row.get::<_, Option<i64>>(1)? {
                found.push((id, row.get(0)?));
            }
        }
        Ok(found)
    }

    fn in_range(
        &self,
        tx: &Transaction<'_>,
        sql: &str,
        parameters: &[&dyn rusqlite::ToSql],
    ) -> rusqlite::Result<Vec<(i64, i64)>> {
        let mut statement = tx.prepare_cached(sql)?;
        let mut rows = statement.query(parameters)?;
        let mut found = Vec::new();
        while let Some(row) = rows.next()? {
            if self.range.contains(row.get(2)?) {
                found.push((row.get(0)?, row.get(1)?));
            }
        }
        Ok(found)
    }
}

fn user(tx: &Transaction<'_>, number: i64, activity: Activity) -> rusqlite::Result<UserRow> {
    // Where somebody has deleted the row, the records are still there, and show the number.
    const USER: &str = "SELECT iif(u.id IS NULL, 'deleted user #' || n.id, u.uid), u.email,
          u.username, u.full_name, u.ip_address, u.segment, u.attrs
        FROM (SELECT ?1 AS id) n LEFT JOIN users u ON u.id = n.id";
    let mut row = UserRow {
        id: None,
        email: None,
        username: None,
        full_name: None,
        ip_address: None,
        segment: None,
        attrs: serde_json::Map::new(),
        first_seen: activity.first,
        last_seen: activity.last,
        sessions: activity.others.len(),
        counts: activity.counts,
        late: activity.late,
        usage: activity.usage,
    };
    let known = |found: &Row<'_>| {
        let mut cells = Cells::of(found);
        row.id = cells.maybe_text()?;
        row.email = cells.maybe_text()?;
        row.username = cells.maybe_text()?;
        row.full_name = cells.maybe_text()?;
        row.ip_address = cells.maybe_text()?;
        row.segment = cells.maybe_text()?;
        row.attrs = cells.json()?;
        Ok(())
    };
    tx.prepare_cached(USER)?
        .query_row([number], known)
        .optional()?;
    Ok(row)
}

fn session(tx: &Transaction<'_>, number: i64, activity: Activity) -> rusqlite::Result<SessionRow> {
    const SESSION: &str = "SELECT coalesce(sid, 'deleted session #' || n.id) AS sid, previous
        FROM (SELECT ?1 AS id) n LEFT JOIN sessions s ON s.id = n.id";
    let mut users: Vec<_> = activity.others.iter().collect();
    users.sort_unstable();
    users.truncate(SessionRow::USERS);
    let users = users.into_iter().map(|user| user_name(tx, user));
    let users = users.collect::<rusqlite::Result<Vec<_>>>()?;
    let known = |found: &Row<'_>| {
        let mut cells = Cells::of(found);
        Ok((cells.text()?, cells.maybe_text()?))
    };
    let known = tx
        .prepare_cached(SESSION)?
        .query_row([number], known)
        .optional()?;
    let (id, previous) = known.unwrap_or_default();
    Ok(SessionRow {
        id,
        previous,
        users,
        user_count: activity.others.len(),
        first_seen: activity.first,
        last_seen: activity.last,
        counts: activity.counts,
        usage: activity.usage,
    })
}

/// The id of a user, or what stands in for it.
pub(super) fn user_name(tx: &Transaction<'_>, number: i64) -> rusqlite::Result<String> {
    name(
        tx,
        "SELECT coalesce(uid, identity, 'deleted user #' || n.id)
         FROM (SELECT ?1 AS id) n LEFT JOIN users u ON u.id = n.id",
        number,
    )
}

/// A text of a dictionary; empty where a damaged file does not have it.
pub(super) fn name(tx: &Transaction<'_>, sql: &str, number: i64) -> rusqlite::Result<String> {
    let mut statement = tx.prepare_cached(sql)?;
    let name = statement.query_row([number], |row| Cells::of(row).text());
    Ok(name.optional()?.unwrap_or_default())
}
