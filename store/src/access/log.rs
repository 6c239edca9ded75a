//! Appending to the access log.

use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OptionalExtension, Transaction, TransactionBehavior, params};
use whose::Timestamp;

use super::entry::Access;
use super::hash::{ChainedRow, FIRST_HASH, reason_hash};
use crate::busy_timeout::{BusyTimeout, is_busy};
use crate::error::{StoreError, WithPath};
use crate::file_identity::{ExpectedFile, FileIdentity};
use crate::log::checkpoint;
use crate::read::find_user;
use crate::side_files::SideFiles;
use crate::{schema, tombstone};

/// How long an append waits for other writers. A viewer waits meanwhile.
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);

const LAST_ROW: &str = "SELECT id, hash FROM accesses ORDER BY id DESC LIMIT 1";
const LAST_ID: &str = "SELECT seq FROM main.sqlite_sequence WHERE name = 'accesses'";
const ADD_FLUSH: &str = "UPDATE flushes SET count = count + 1";
const IDENTITY: &str = "SELECT identity FROM users WHERE id = ?1";
const ADD_ACCESS: &str =
    "INSERT INTO accesses (id, time, viewer, way, view, user, subject, reason, hash)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";
const ADD_REASON: &str = "INSERT INTO access_reasons (access, salt, text) VALUES (?1, ?2, ?3)";

/// Appends to the access log of a store: who looked at the records of whom, when, and why.
///
/// Use it in a program that shows the records of a user, and append before the records are shown. The
/// command `whose` and its pages do so. [`Queries::accesses`](crate::Queries::accesses) reads the log,
/// and [`Queries::access_chain`](crate::Queries::access_chain) checks it.
///
/// The log is a table of the store's file. Triggers refuse to change and to delete its rows, and the
/// hash of each row covers the row before. Whoever can write to the file can remove the triggers and
/// compute every hash again: keep the last hash elsewhere to find that too. Reading the file without
/// this crate, for example by `sqlite3`, appends nothing.
///
/// The log outlives its users. A row has a keyed hash of the identity of the user, so
/// [`forget`](crate::Store::forget) leaves no byte of the id, and erases the reasons.
///
/// ```
/// use whose_store::{Access, AccessFilter, AccessLog, AccessWay, Queries, Query, Reader};
///
/// # let folder = tempfile::tempdir()?;
/// # let path = folder.path().join("whose.db");
/// # let _store = whose_store::init(&path)?;
/// whose::user("alice").in_scope(|| tracing::info!("asks"));
/// whose::flush(std::time::Duration::from_secs(5));
///
/// let access = Access::new("support-2", AccessWay::Page, "/person", "alice");
/// AccessLog::open(&path)?.append(&[access.reason("ticket 4711")])?;
///
/// let reader = Reader::open(&path)?;
/// let of_alice = AccessFilter::new().user("alice");
/// let row = reader.accesses(&of_alice, &Query::new())?.next().unwrap()?;
/// assert_eq!((&*row.viewer, row.reason.as_deref()), ("support-2", Some("ticket 4711")));
/// assert_eq!(reader.access_chain()?.fault, None);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct AccessLog {
    connection: Connection,
    path: PathBuf,
    busy_timeout: BusyTimeout,
    side_files: SideFiles,
}

impl AccessLog {
    /// Opens the access log of an existing store.
    ///
    /// # Errors
    /// [`NotFound`](StoreError::NotFound) if there is no file; [`ReadOnly`](StoreError::ReadOnly) if
    /// the file cannot be written; those of [`Store::open`](crate::Store::open).
    pub fn open(path: impl AsRef<Path>) -> Result<Self, StoreError> {
        Self::open_file(path.as_ref(), ExpectedFile::Any)
    }

    /// Opens the access log of an existing store, unless the path names another file than `file`.
    ///
    /// # Errors
    /// [`FileReplaced`](StoreError::FileReplaced) if it does; the errors of [`open`](Self::open).
    pub fn open_same(
        path: impl AsRef<Path>,
        file: Option<FileIdentity>,
    ) -> Result<Self, StoreError> {
        Self::open_file(path.as_ref(), ExpectedFile::Same(file))
    }

    fn open_file(path: &Path, file: ExpectedFile) -> Result<Self, StoreError> {
        let path = path.to_path_buf();
        let mut connection = schema::open_existing(&path, file)?;
        let busy_timeout = BusyTimeout::install(&mut connection, BUSY_TIMEOUT).with_path(&path)?;
        // A view must not be shown and then be lost from the log by a loss of power.
        connection
            .pragma_update(None, "synchronous", "full")
            .with_path(&path)?;
        Ok(Self {
            connection,
            side_files: SideFiles::of(&path),
            path,
            busy_timeout,
        })
    }

    /// Appends views, one for each user that is seen. The rows are on disk when the call returns.
    ///
    /// Any number of processes can append at the same time.
    ///
    /// # Errors
    /// [`UnknownUser`](StoreError::UnknownUser) if the store does not have one of the users;
    /// [`Locked`](StoreError::Locked) if another connection locks the file for ten seconds; any error
    /// of SQLite. After an error, nothing is appended.
    pub fn append(&self, accesses: &[Access]) -> Result<(), StoreError> {
        let appended = self.append_in_tx(accesses);
        if appended.as_ref().is_err_and(is_busy) {
            return Err(StoreError::Locked {
                path: self.path.clone(),
                waited: BUSY_TIMEOUT,
            });
        }
        match appended.with_path(&self.path)? {
            None => Ok(()),
            Some(unknown) => Err(StoreError::UnknownUser { id: unknown }),
        }
    }

    /// Checks that the file can be written now, by a commit that adds no row.
    ///
    /// Use it to warn before a view fails, for example on a full disk. The check does not wait: a file
    /// that another connection is writing to can be written.
    ///
    /// ```
    /// use whose_store::{AccessLog, Store};
    ///
    /// # let folder = tempfile::tempdir()?;
    /// # let path = folder.path().join("whose.db");
    /// drop(Store::open(&path)?);
    /// assert!(AccessLog::open(&path)?.check_writable().is_ok());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// Any error of SQLite, such as that of a full disk.
    pub fn check_writable(&self) -> Result<(), StoreError> {
        self.busy_timeout.set(Duration::ZERO);
        let checked = self.commit_nothing();
        self.busy_timeout.set(BUSY_TIMEOUT);
        match checked {
            Err(error) if is_busy(&error) => Ok(()),
            checked => checked.with_path(&self.path),
        }
    }

    fn commit_nothing(&self) -> rusqlite::Result<()> {
        let tx = Transaction::new_unchecked(&self.connection, TransactionBehavior::Immediate)?;
        tx.prepare_cached(ADD_FLUSH)?.execute(())?;
        tx.commit()
    }

    /// Closes the log of a file that its path no longer names.
    ///
    /// A plain drop can remove the files beside the path, which may belong to another file by now. This
    /// merges SQLite's log into the file that was replaced, wherever that file is now, and removes what
    /// is left beside the path. Call [`Reader::leave`](crate::Reader::leave) afterwards.
    ///
    /// ```
    /// use whose_store::{AccessLog, Store};
    ///
    /// # let folder = tempfile::tempdir()?;
    /// # let path = folder.path().join("whose.db");
    /// # drop(Store::open(&path)?);
    /// let log = AccessLog::open(&path)?;
    /// std::fs::rename(&path, folder.path().join("old.db"))?;
    /// log.leave();
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn leave(self) {
        // A log that a reader blocks stays, and `Reader::leave` reports it.
        let _ = checkpoint(&self.connection);
        self.side_files.remove(&self.path);
        let no_checkpoint = DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE;
        let _ = self.connection.set_db_config(no_checkpoint, true);
    }

    /// Appends all views or none. Returns the user that the store does not have.
    fn append_in_tx(&self, accesses: &[Access]) -> rusqlite::Result<Option<String>> {
        let tx = Transaction::new_unchecked(&self.connection, TransactionBehavior::Immediate)?;
        for access in accesses {
            if !add(&tx, access)? {
                return Ok(Some(access.user.clone()));
            }
        }
        tx.commit()?;
        Ok(None)
    }
}

/// Adds the row of a view. Returns whether the store has the user.
fn add(tx: &Transaction<'_>, access: &Access) -> rusqlite::Result<bool> {
    let Some(user) = find_user(tx, &access.user)? else {
        return Ok(false);
    };
    let identity: Option<String> = tx
        .prepare_cached(IDENTITY)?
        .query_row([user], |row| row.get(0))
        .optional()?;
    // A user whose row was deleted by hand has no identity.
    let identity = identity.unwrap_or_else(|| access.user.clone());
    let subject = tombstone::hash(tx, &identity)?;
    let (id, previous) = next_row(tx)?;
    let reason = match &access.reason {
        Some(text) => Some(add_reason(tx, id, text)?),
        None => None,
    };
    let time = Timestamp::from(SystemTime::now()).as_nanos();
    let (viewer, way, view) = (&*access.viewer, access.way.as_str(), &*access.view);
    let row = ChainedRow {
        id,
        time,
        viewer: viewer.as_bytes(),
        way: way.as_bytes(),
        view: view.as_bytes(),
        user: Some(user),
        subject: &subject,
        reason: reason.as_ref().map(|hash| &hash[..]),
    };
    let hash = row.hash(&previous);
    tx.prepare_cached(ADD_ACCESS)?.execute(params![
        id, time, viewer, way, view, user, subject, reason, hash
    ])?;
    Ok(true)
}

/// The id of the next row, and the hash of the last one. The id of a removed row is not used again.
fn next_row(tx: &Transaction<'_>) -> rusqlite::Result<(i64, Vec<u8>)> {
    let last = tx
        .prepare_cached(LAST_ROW)?
        .query_row((), |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    let (id, hash) = last.unwrap_or_else(|| (0, FIRST_HASH.to_vec()));
    let ever: Option<i64> = tx
        .prepare_cached(LAST_ID)?
        .query_row((), |row| row.get(0))
        .optional()?;
    Ok((id.max(ever.unwrap_or(0)).saturating_add(1), hash))
}

/// Adds the text of a reason. Returns its hash.
fn add_reason(tx: &Transaction<'_>, access: i64, text: &str) -> rusqlite::Result<[u8; 32]> {
    let salt: Vec<u8> = tx
        .prepare_cached("SELECT randomblob(16)")?
        .query_row((), |row| row.get(0))?;
    tx.prepare_cached(ADD_REASON)?
        .execute(params![access, salt, text])?;
    Ok(reason_hash(&salt, text.as_bytes()))
}
