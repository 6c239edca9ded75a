//! What the file looks like, and how to tell that it is one of ours.

use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use rusqlite::{Connection, ErrorCode, OpenFlags, TransactionBehavior};

use crate::error::{StoreError, WithPath};
use crate::owner_only;
use crate::write::{log_path, warn};

/// "whos" in ASCII: what marks the file as ours in its header.
const APPLICATION_ID: i64 = 0x7768_6f73;
/// Everything that a new file has.
pub(crate) const SCHEMA: &str = include_str!("schema.sql");
/// The version of that schema, and the only one that is read.
const VERSION: i64 = 3;
/// How long to wait for another process that is writing.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);
/// How many KiB of pages a writer keeps in memory.
const CACHE_KIB: i64 = 12_288;
/// From how many pages on the log is brought into the file.
const CHECKPOINT_PAGES: i64 = 8_000;
/// How many bytes the log keeps when it begins anew.
const KEPT_LOG_BYTES: i64 = 64 << 20;

/// Opens the file for writing, and makes it where there is none.
pub(crate) fn open_for_writing(path: &Path) -> Result<Connection, StoreError> {
    check_path(path)?;
    check_not_folder(path)?;
    owner_only::create_if_missing(path);
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
        | OpenFlags::SQLITE_OPEN_CREATE
        | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut connection = Connection::open_with_flags(path, flags).with_path(path)?;
    connection.busy_timeout(BUSY_TIMEOUT).with_path(path)?;
    // A foreign file is refused before anything is written to it.
    let version = version(&connection, path)?;
    if connection.is_readonly("main").with_path(path)? {
        let reason = "the file is read-only".to_owned();
        return Err(StoreError::ReadOnly {
            path: path.to_path_buf(),
            reason,
        });
    }
    configure(&connection).with_path(path)?;
    if version == 0 {
        create(&mut connection, path)?;
    }
    if let Some(mode) = owner_only::mode_open_to_others(path) {
        let advice = "chmod 600";
        warn(
            path,
            &format!(
                "other users of this machine can read the records (mode {mode:o}): run `{advice}` on \
                 the file"
            ),
        );
    }
    Ok(connection)
}

/// Refuses what SQLite takes for something else than a path.
pub(crate) fn check_path(path: &Path) -> Result<(), StoreError> {
    let name = path.to_string_lossy();
    let reason = match &*name {
        "" => "an empty path is a temporary file that nobody finds again",
        ":memory:" => {
            "a store in memory cannot be read by another connection, and is lost at the end"
        }
        uri if uri.starts_with("file:") => "URIs are not read",
        _ => return Ok(()),
    };
    Err(StoreError::InvalidPath {
        path: path.to_path_buf(),
        reason,
    })
}

fn check_not_folder(path: &Path) -> Result<(), StoreError> {
    if !path.is_dir() {
        return Ok(());
    }
    Err(StoreError::NotAStore {
        path: path.to_path_buf(),
        found: "a folder".into(),
    })
}

/// Opens a file that is there already, for reading only.
pub(crate) fn open_for_reading(path: &Path) -> Result<Connection, StoreError> {
    check_path(path)?;
    if !path.try_exists().unwrap_or(false) {
        return Err(StoreError::NotFound {
            path: path.to_path_buf(),
        });
    }
    check_not_folder(path)?;
    let opened = read_only(path, path, OpenFlags::empty());
    // A reader shares the log with writers through files beside the store; in a folder that it
    // cannot write to, it can do without where there is no log.
    let use_immutable = matches!(opened, Err(StoreError::ReadOnly { .. })) && !has_log(path);
    let opened = match immutable_uri(path) {
        Some(uri) if use_immutable => read_only(path, uri.as_ref(), OpenFlags::SQLITE_OPEN_URI),
        _ => opened,
    };
    opened.map_err(|error| match error {
        StoreError::ReadOnly { path, reason } => StoreError::Unreadable { path, reason },
        error => error,
    })
}

fn read_only(path: &Path, name: &Path, extra_flags: OpenFlags) -> Result<Connection, StoreError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX | extra_flags;
    let connection = Connection::open_with_flags(name, flags).with_path(path)?;
    connection.busy_timeout(BUSY_TIMEOUT).with_path(path)?;
    if version(&connection, path)? == 0 {
        let found = "an empty file".to_owned();
        return Err(StoreError::NotAStore {
            path: path.to_path_buf(),
            found,
        });
    }
    Ok(connection)
}

fn has_log(path: &Path) -> bool {
    log_path(path).exists()
}

/// The name by which SQLite opens a file as one that nobody writes to.
fn immutable_uri(path: &Path) -> Option<String> {
    let path = path
        .to_str()?
        .replace('%', "%25")
        .replace('?', "%3f")
        .replace('#', "%23");
    Some(format!("file:{path}?immutable=1"))
}

/// The version of the file's schema, 0 for an empty file.
///
/// All of it is read at one moment: another process may be making the schema.
fn version(connection: &Connection, path: &Path) -> Result<i64, StoreError> {
    let tx = connection.unchecked_transaction().with_path(path)?;
    version_in(&tx, path)
}

fn version_in(tx: &Connection, path: &Path) -> Result<i64, StoreError> {
    let pragma = |name| {
        tx.pragma_query_value(None, name, |row| row.get::<_, i64>(0))
            .with_path(path)
    };
    let tables = || {
        tx.query_row("SELECT count(*) FROM sqlite_schema", (), |row| {
            row.get::<_, i64>(0)
        })
        .with_path(path)
    };
    // Read first: a transaction has its moment from the first reading of the file on.
    let tables = tables()?;
    match (pragma("application_id")?, pragma("user_version")?) {
        (APPLICATION_ID, found) if found > VERSION => Err(StoreError::NewerSchema {
            path: path.to_path_buf(),
            found,
            known: VERSION,
        }),
        (APPLICATION_ID, found) if found < VERSION => Err(StoreError::OlderSchema {
            path: path.to_path_buf(),
            found,
        }),
        (APPLICATION_ID, found) => Ok(found),
        (0, 0) if tables == 0 => Ok(0),
        _ => {
            let found = "a database of another program".to_owned();
            Err(StoreError::NotAStore {
                path: path.to_path_buf(),
                found,
            })
        }
    }
}

fn configure(connection: &Connection) -> rusqlite::Result<()> {
    // What is deleted or replaced is overwritten, also where other rows do not take its place.
    connection.pragma_update_and_check(None, "secure_delete", true, |_| Ok(()))?;
    // Readers go on while a batch is written, and a commit does not wait for the disk.
    retry_while_locked(|| {
        connection.pragma_update_and_check(None, "journal_mode", "wal", |_| Ok(()))
    })?;
    connection.pragma_update(None, "synchronous", "normal")?;
    // On macOS a plain `fsync` leaves the data in the drive's cache; elsewhere this does nothing.
    connection.pragma_update(None, "fullfsync", true)?;
    // The inner pages of the indexes stay in memory while the file grows.
    connection.pragma_update(None, "cache_size", -CACHE_KIB)?;
    connection.pragma_update_and_check(None, "wal_autocheckpoint", CHECKPOINT_PAGES, |_| Ok(()))?;
    // A log that a reader let grow is made small again.
    connection.pragma_update_and_check(None, "journal_size_limit", KEPT_LOG_BYTES, |_| Ok(()))?;
    // The numbers in a record were read from the same file: to look each up again finds nothing.
    connection.pragma_update(None, "foreign_keys", false)?;
    connection.pragma_update(None, "temp_store", "memory")
}

/// Tries again while the file is locked: where two processes switch a new file to the log at once,
/// SQLite does not wait by itself.
fn retry_while_locked<T>(
    mut operation: impl FnMut() -> rusqlite::Result<T>,
) -> rusqlite::Result<T> {
    let deadline = Instant::now() + BUSY_TIMEOUT;
    loop {
        let result = operation();
        let code = result
            .as_ref()
            .err()
            .and_then(rusqlite::Error::sqlite_error_code);
        let is_busy = matches!(
            code,
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked)
        );
        if !is_busy || Instant::now() >= deadline {
            return result;
        }
        thread::sleep(Duration::from_millis(5));
    }
}

fn create(connection: &mut Connection, path: &Path) -> Result<(), StoreError> {
    let transaction = connection
        .transaction_with_behavior(TransactionBehavior::Immediate)
        .with_path(path)?;
    // Another process may have done it while this one waited for the lock.
    if version_in(&transaction, path)? == VERSION {
        return Ok(());
    }
    transaction.execute_batch(SCHEMA).with_path(path)?;
    transaction
        .pragma_update(None, "application_id", APPLICATION_ID)
        .with_path(path)?;
    transaction
        .pragma_update(None, "user_version", VERSION)
        .with_path(path)?;
    transaction.commit().with_path(path)
}
