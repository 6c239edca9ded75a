//! Erasing one user on request.

use std::time::SystemTime;

use rusqlite::{Connection, OptionalExtension, Transaction};
use whose::Timestamp;

use super::eraser::{Eraser, MAX_BATCH, WithPathOrLocked, delete};
use super::hold::reason_of_hold;
use super::marks::Marks;
use super::mentions::count_mentions;
use super::partitions_sql::with_parts;
use super::preview::ForgetTarget;
use super::pseudonymise::add_pseudonym;
use super::report::ForgetReport;
use crate::access;
use crate::error::StoreError;
use crate::outbox;
use crate::tombstone;

const ADD_TOMBSTONE: &str = "INSERT INTO forgotten_users (identity, before) VALUES (?1, ?2)
    ON CONFLICT (identity) DO UPDATE SET before = max(before, excluded.before)";
const ADD_SCOPE_TOMBSTONES: &str = "INSERT INTO forgotten_scopes (isolated, before)
    SELECT isolated, time FROM links WHERE user = ?1
    ON CONFLICT (isolated) DO UPDATE SET before = max(before, excluded.before)";
const USER_RECORDS: &str = with_parts!(
    "SELECT r.id FROM erasing e CROSS JOIN parts CROSS JOIN records r
    ON r.id >> 16 << 32 | r.user = parts.part | e.user AND r.user = e.user"
);
const LATE_RECORDS: &str =
    "SELECT r.id FROM forgotten_scopes f CROSS JOIN gaps n ON n.isolated = f.isolated
    CROSS JOIN records r ON r.id = n.record AND r.user IS NULL AND r.start < f.before";

impl Eraser {
    /// Erases a user: all records, including those that a link attributes to the user, and every
    /// row that only they refer to. The bytes are gone from the tables, the full-text index, the
    /// log and the free pages.
    ///
    /// The first transaction deletes the user's row and adds a tombstone: a keyed hash of the
    /// identity, and the current time. From then on, every writer rejects records of the user that
    /// began before that time, and counts them in
    /// [`StoreStats::forgotten`](crate::StoreStats::forgotten). Later records belong to a new user.
    /// The records are deleted in short transactions. At the end the whole file is rewritten: this
    /// needs disk space for two more copies of the file, one of them in the temporary folder, and
    /// writers wait meanwhile. If the erasure is interrupted, the next `forget` completes it.
    ///
    /// Records of the user that wait in an [`Outbox`](crate::Outbox) of the file are erased too. A record
    /// that is being sent at that moment can still arrive.
    ///
    /// The [access log](crate::AccessLog) keeps its rows about the user, which have a keyed hash in place
    /// of the id. The reasons that viewers gave are erased, and so are other reasons that name the user.
    ///
    /// Records of other users that mention the user stay; [`ForgetReport::mentions`] counts them. The
    /// records of an operator who only acted for others belong to those, so they are mentions too.
    ///
    /// ```
    /// use tracing_subscriber::prelude::*;
    /// use whose_store::{Queries, Query, Reader, Store};
    ///
    /// # let folder = tempfile::tempdir()?;
    /// # let path = folder.path().join("whose.db");
    /// let store = Store::open(&path)?;
    /// tracing_subscriber::registry().with(whose::layer().with_sink(store.clone())).init();
    /// whose::user("alice").in_scope(|| tracing::info!("my street"));
    /// whose::user("bob").in_scope(|| tracing::info!("met alice"));
    /// assert!(whose::flush(std::time::Duration::from_secs(5)).is_complete());
    ///
    /// let forgotten = store.forget("alice")?;
    /// assert_eq!(forgotten.records, 1);
    /// assert_eq!(forgotten.mentions.searches, [("alice".to_owned(), 1)]);
    /// assert!(Reader::open(&path)?.audit("alice", &Query::new()).is_err());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`UnknownUser`](StoreError::UnknownUser) if the file has neither the user nor a tombstone of
    /// the user, nor an actor of that id; [`OnHold`](StoreError::OnHold) if the user is on
    /// [hold](Self::hold); [`Locked`](StoreError::Locked) if another connection locks the file for a minute;
    /// any error of SQLite.
    pub fn forget(&self, user_id: &str) -> Result<ForgetReport, StoreError> {
        self.forget_by(user_id, Method::Erase)
    }

    /// Keeps the records of a user under a random pseudonym, without their content, and erases
    /// everything else as [`forget`](Self::forget) does.
    ///
    /// Use it where counts and costs have to stay. The records keep their time, duration, call site,
    /// kind, outcome and trace, the fingerprint of an error, and the model, the tokens and so the cost
    /// of a call. Each session of the user becomes a session with a random id. Messages, fields, tags,
    /// extra, contexts, conversations, actors, breadcrumbs, backtraces, scores, check-ins of jobs and
    /// the names of agents and tools are erased, and so is everything known about the user. Late records
    /// of the user are rejected, and nothing in the file leads from the id to the pseudonym.
    ///
    /// The times of the records stay: a reader who knows when a user did something can recognise the
    /// person. Use `forget` where that is too much.
    ///
    /// ```
    /// use tracing_subscriber::prelude::*;
    /// use whose_store::{Queries, Query, Reader, Store};
    ///
    /// # let folder = tempfile::tempdir()?;
    /// # let path = folder.path().join("whose.db");
    /// let store = Store::open(&path)?;
    /// tracing_subscriber::registry().with(whose::layer().with_sink(store.clone())).init();
    /// whose::user("alice").in_scope(|| tracing::info!("my street"));
    /// assert!(whose::flush(std::time::Duration::from_secs(5)).is_complete());
    ///
    /// let report = store.pseudonymise("alice")?;
    /// let pseudonym = report.pseudonym.unwrap_or_default();
    /// let reader = Reader::open(&path)?;
    /// let record = reader.audit(&pseudonym, &Query::new())?.next().unwrap()?;
    /// assert_eq!((report.pseudonymised, record.message), (1, None));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// Those of [`forget`](Self::forget).
    pub fn pseudonymise(&self, user_id: &str) -> Result<ForgetReport, StoreError> {
        self.forget_by(user_id, Method::Pseudonymise)
    }

    fn forget_by(&self, user_id: &str, method: Method) -> Result<ForgetReport, StoreError> {
        let now = Timestamp::from(SystemTime::now());
        let erased = self.erase(user_id, method, now);
        let erased = erased.with_path_or_locked(self.path())?;
        let id = user_id.to_owned();
        match erased {
            Erased::Done(report) => Ok(*report),
            Erased::Unknown => Err(StoreError::UnknownUser { id }),
            Erased::OnHold(reason) => Err(StoreError::OnHold { id, reason }),
        }
    }

    fn erase(&self, user_id: &str, method: Method, now: Timestamp) -> rusqlite::Result<Erased> {
        let adopted = match method {
            Method::Erase => 0,
            Method::Pseudonymise => self.adopt_records_from_before_login(user_id)?,
        };
        let begun =
            self.write(|transaction| begin(transaction, user_id, method, now.as_nanos()))?;
        let begun = match begun {
            Ok(begun) => begun,
            Err(outcome) => return Ok(outcome),
        };
        let target = begun.target;
        let pseudonymised = self.move_to_pseudonyms()?;
        let user_records = self.erase_pending()?;
        let late_records = self.delete_records(LATE_RECORDS, ())?;
        let unsent = self.erase_unsent(&target, now.as_nanos())?;
        let swept = self.sweep(Marks::new())?;
        self.add_missing_rollups()?;
        let (name, email) = (&target.name, target.email.as_deref());
        let remnant = self.purge_pages()?;
        Ok(Erased::Done(Box::new(ForgetReport {
            before: target.forgotten.map_or(now, Timestamp::from_nanos),
            records: user_records + late_records,
            late_records: late_records + adopted,
            pseudonym: begun.pseudonym,
            pseudonymised,
            unsent,
            reasons: begun.reasons,
            swept,
            mentions: count_mentions(self.connection(), name, email, None)?,
            remnant,
        })))
    }

    /// Gives the user the records that a link attributes to the user, unless the user is on hold.
    fn adopt_records_from_before_login(&self, user_id: &str) -> rusqlite::Result<u64> {
        let target = ForgetTarget::find(self.connection(), user_id)?;
        let Some((user, identity)) = target.and_then(|target| target.user.zip(target.identity))
        else {
            return Ok(0);
        };
        match reason_of_hold(self.connection(), &identity)? {
            Some(_) => Ok(0),
            None => self.adopt_late_records(user),
        }
    }

    /// Deletes the rows of the outbox, in short transactions.
    fn erase_unsent(&self, target: &ForgetTarget, now: i64) -> rusqlite::Result<u64> {
        let (identity, before) = (target.identity.as_deref(), target.forgotten.unwrap_or(now));
        let mut unsent = 0;
        loop {
            let deleted = self.write(|transaction| {
                outbox::delete_rows(transaction, identity, before, MAX_BATCH)
            })?;
            if deleted == 0 {
                return Ok(unsent);
            }
            unsent += deleted;
        }
    }

    /// Deletes the records of every user that is marked as being erased, including interrupted
    /// erasures.
    fn erase_pending(&self) -> rusqlite::Result<u64> {
        let mut statement = self
            .connection()
            .prepare_cached("SELECT user FROM erasing")?;
        let users = statement.query_map((), |row| row.get(0))?;
        let users = users.collect::<rusqlite::Result<Vec<i64>>>()?;
        let deleted = self.delete_records(USER_RECORDS, ())?;
        let sql = "DELETE FROM erasing WHERE user IN (SELECT value FROM json_each(?1))";
        let users = serde_json::to_string(&users).unwrap_or_default();
        self.write(|transaction| transaction.execute(sql, [users]))?;
        Ok(deleted)
    }
}

/// What becomes of the records of a forgotten user.
#[derive(Clone, Copy)]
enum Method {
    /// They are erased.
    Erase,
    /// They stay under a pseudonym, without content.
    Pseudonymise,
}

/// What became of a request to erase a user.
enum Erased {
    Done(Box<ForgetReport>),
    Unknown,
    /// The reason of the hold.
    OnHold(String),
}

/// An erasure whose first transaction is done.
struct Begun {
    target: ForgetTarget,
    pseudonym: Option<String>,
    /// The erased reasons of the access log.
    reasons: u64,
}

/// Erases what names the user: the only transaction that knows the name and the email address. If the
/// erasure is interrupted later, the rest can be completed without them.
fn begin(
    transaction: &Transaction<'_>,
    user_id: &str,
    method: Method,
    now: i64,
) -> rusqlite::Result<Result<Begun, Erased>> {
    let Some(target) = ForgetTarget::find(transaction, user_id)? else {
        return Ok(Err(Erased::Unknown));
    };
    if let Some(identity) = &target.identity
        && let Some(reason) = reason_of_hold(transaction, identity)?
    {
        return Ok(Err(Erased::OnHold(reason)));
    }
    let target = add_tombstone(transaction, target, now)?;
    let pseudonym = match (method, target.user) {
        (Method::Pseudonymise, Some(user)) => Some(add_pseudonym(transaction, user)?),
        _ => None,
    };
    let words = [Some(&*target.name), target.email.as_deref()];
    let words: Vec<&str> = words.into_iter().flatten().collect();
    let reasons = access::erase_reasons(transaction, target.identity.as_deref(), &words)?;
    Ok(Ok(Begun {
        target,
        pseudonym,
        reasons,
    }))
}

/// Deletes the user's row, so that no writer finds it, and adds a tombstone.
fn add_tombstone(
    connection: &Connection,
    mut target: ForgetTarget,
    now: i64,
) -> rusqlite::Result<ForgetTarget> {
    let is_unsent = match &target.identity {
        Some(identity) => outbox::has_user(connection, identity)?,
        None => false,
    };
    // A user without new records keeps the time of the earlier tombstone.
    if target.user.is_none() && !is_unsent {
        return Ok(target);
    }
    if let Some(identity) = &target.identity {
        connection.execute(ADD_TOMBSTONE, (tombstone::hash(connection, identity)?, now))?;
        target.forgotten = connection
            .query_row(
                "SELECT before FROM forgotten_users WHERE identity = ?1",
                [tombstone::hash(connection, identity)?],
                |row| row.get(0),
            )
            .optional()?;
        outbox::add_scope_tombstones(connection, identity)?;
    }
    if let Some(user) = target.user {
        connection.execute("INSERT OR IGNORE INTO erasing (user) VALUES (?1)", [user])?;
        connection.execute(ADD_SCOPE_TOMBSTONES, [user])?;
        connection.execute("DELETE FROM links WHERE user = ?1", [user])?;
        delete(connection, "users", &[user], "")?;
    }
    Ok(target)
}
