//! Opening a store file, and checking that the file is a store.

use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use rusqlite::{Connection, ErrorCode, OpenFlags, TransactionBehavior};

use crate::error::{StoreError, WithPath};
use crate::file_identity::ExpectedFile;
use crate::log::log_path;
use crate::migration;
use crate::owner_only;
use crate::schema_version::{NEWEST as VERSION, OLDEST, SCHEMA};
use crate::stderr::warn;

/// The application id in the header of the file: "whos" in ASCII.
const APPLICATION_ID: i64 = 0x7768_6f73;
/// How long a connection waits for another writer.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);
/// The page cache of a writer, in KiB.
const CACHE_KIB: i64 = 12_288;
/// The log size, in pages, at which SQLite checkpoints.
const CHECKPOINT_PAGES: i64 = 8_000;
/// The size, in bytes, that the log is truncated to after a checkpoint.
const KEPT_LOG_BYTES: i64 = 64 << 20;

/// Opens the file for writing, and creates it if there is none.
pub(crate) fn open_for_writing(path: &Path) -> Result<Connection, StoreError> {
    open_file_for_writing(path, ExpectedFile::Any)
}

/// Opens an existing file for writing.
pub(crate) fn open_existing(path: &Path, file: ExpectedFile) -> Result<Connection, StoreError> {
    // Opening for writing would create a missing file.
    drop(open_for_reading(path, file)?);
    open_file_for_writing(path, file)
}

fn open_file_for_writing(path: &Path, file: ExpectedFile) -> Result<Connection, StoreError> {
    check_path(path)?;
    check_not_folder(path)?;
    owner_only::create_if_missing(path);
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
        | OpenFlags::SQLITE_OPEN_CREATE
        | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut connection = Connection::open_with_flags(path, flags).with_path(path)?;
    file.check(path)?;
    connection.busy_timeout(BUSY_TIMEOUT).with_path(path)?;
    // A foreign file is rejected before it is changed.
    let version = version(&connection, path)?;
    if connection.is_readonly("main").with_path(path)? {
        let reason = "the file is read-only".to_owned();
        return Err(StoreError::ReadOnly {
            path: path.to_path_buf(),
            reason,
        });
    }
    configure(&connection).with_path(path)?;
    match version {
        0 => create(&mut connection, path)?,
        VERSION => {}
        _ => migrate(&mut connection, path)?,
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

/// Rejects paths that have a special meaning for SQLite.
pub(crate) fn check_path(path: &Path) -> Result<(), StoreError> {
    let name = path.to_string_lossy();
    let reason = match &*name {
        "" => "an empty path is a temporary file",
        ":memory:" => {
            "no other connection can read a store in memory, and the store is lost at exit"
        }
        uri if uri.starts_with("file:") => "URIs are not supported",
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

/// Opens an existing file for reading.
pub(crate) fn open_for_reading(path: &Path, file: ExpectedFile) -> Result<Connection, StoreError> {
    check_path(path)?;
    if !path.try_exists().unwrap_or(false) {
        return Err(StoreError::NotFound {
            path: path.to_path_buf(),
        });
    }
    check_not_folder(path)?;
    let opened = read_only(path, path, OpenFlags::empty(), file);
    // A reader shares the log with writers through files beside the store. In a read-only folder, a
    // reader can open a file without a log as immutable.
    let use_immutable = matches!(opened, Err(StoreError::ReadOnly { .. })) && !has_log(path);
    let opened = match immutable_uri(path) {
        Some(uri) if use_immutable => {
            read_only(path, uri.as_ref(), OpenFlags::SQLITE_OPEN_URI, file)
        }
        _ => opened,
    };
    opened.map_err(|error| match error {
        StoreError::ReadOnly { path, reason } => StoreError::Unreadable { path, reason },
        error => error,
    })
}

fn read_only(
    path: &Path,
    name: &Path,
    extra_flags: OpenFlags,
    file: ExpectedFile,
) -> Result<Connection, StoreError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX | extra_flags;
    let connection = Connection::open_with_flags(name, flags).with_path(path)?;
    file.check(path)?;
    connection.busy_timeout(BUSY_TIMEOUT).with_path(path)?;
    match version(&connection, path)? {
        0 => Err(StoreError::NotAStore {
            path: path.to_path_buf(),
            found: "an empty file".to_owned(),
        }),
        VERSION => Ok(connection),
        found => Err(StoreError::OlderSchema {
            path: path.to_path_buf(),
            found,
        }),
    }
}

fn has_log(path: &Path) -> bool {
    log_path(path).exists()
}

/// The URI by which SQLite opens the file as immutable.
fn immutable_uri(path: &Path) -> Option<String> {
    let path = path
        .to_str()?
        .replace('%', "%25")
        .replace('?', "%3f")
        .replace('#', "%23");
    Some(format!("file:{path}?immutable=1"))
}

/// The schema version of the file; 0 if the file is empty.
///
/// Reads in one transaction, since another process may be creating the schema.
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
    // Read first: the first read starts the snapshot of the transaction.
    let tables = tables()?;
    match (pragma("application_id")?, pragma("user_version")?) {
        (APPLICATION_ID, found) if found > VERSION => Err(StoreError::NewerSchema {
            path: path.to_path_buf(),
            found,
            known: VERSION,
        }),
        (APPLICATION_ID, found) if found < OLDEST => Err(StoreError::OlderSchema {
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
    // Overwrites deleted and replaced content.
    connection.pragma_update_and_check(None, "secure_delete", true, |_| Ok(()))?;
    // Readers do not block a batch, and a commit does not wait for the disk.
    retry_while_locked(|| {
        connection.pragma_update_and_check(None, "journal_mode", "wal", |_| Ok(()))
    })?;
    connection.pragma_update(None, "synchronous", "normal")?;
    // On macOS, a plain `fsync` leaves the data in the cache of the drive. Other systems ignore
    // this.
    connection.pragma_update(None, "fullfsync", true)?;
    // Keeps the inner pages of the indexes in memory while the file grows.
    connection.pragma_update(None, "cache_size", -CACHE_KIB)?;
    connection.pragma_update_and_check(None, "wal_autocheckpoint", CHECKPOINT_PAGES, |_| Ok(()))?;
    // Truncates a log that a reader has made large.
    connection.pragma_update_and_check(None, "journal_size_limit", KEPT_LOG_BYTES, |_| Ok(()))?;
    // The writer takes every reference from the same file, so checks would find nothing.
    connection.pragma_update(None, "foreign_keys", false)?;
    connection.pragma_update(None, "temp_store", "memory")
}

/// Retries while the file is locked. SQLite does not wait if two processes switch a new file to WAL
/// mode at once.
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
    // Another process may have created the schema meanwhile.
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

/// Migrates the file to [`VERSION`], in one transaction.
fn migrate(connection: &mut Connection, path: &Path) -> Result<(), StoreError> {
    let transaction = connection
        .transaction_with_behavior(TransactionBehavior::Immediate)
        .with_path(path)?;
    // Another process may have migrated the file meanwhile.
    let found = version_in(&transaction, path)?;
    if found == VERSION {
        return Ok(());
    }
    migration::run(&transaction, found).with_path(path)?;
    transaction
        .pragma_update(None, "user_version", VERSION)
        .with_path(path)?;
    transaction.commit().with_path(path)
}
