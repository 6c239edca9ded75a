//! What the file looks like, and how to tell that it is one of ours.

use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, OpenFlags, TransactionBehavior};

use crate::error::{At, StoreError};

/// "whos" in ASCII: what marks the file as ours in its header.
const APPLICATION_ID: i64 = 0x7768_6f73;
/// Entry `n` brings a file of version `n` to version `n + 1`.
pub(crate) const MIGRATIONS: [&str; 1] = [include_str!("schema.sql")];
/// The version that the file has after all of them.
const VERSION: i64 = MIGRATIONS.len() as i64;
/// How long to wait for another process that is writing.
const BUSY: Duration = Duration::from_secs(5);

/// Opens the file for writing; makes it where there is none, and brings an older one up to date.
pub(crate) fn open_for_writing(path: &Path) -> Result<Connection, StoreError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
        | OpenFlags::SQLITE_OPEN_CREATE
        | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    if path.is_dir() {
        return Err(StoreError::NotAStore {
            path: path.to_path_buf(),
            found: "a folder".into(),
        });
    }
    let mut connection = Connection::open_with_flags(path, flags).at(path)?;
    connection.busy_timeout(BUSY).at(path)?;
    // A foreign file is refused before anything is written to it.
    let version = version(&connection, path)?;
    if connection.is_readonly("main").at(path)? {
        let reason = "the file is read-only".to_owned();
        return Err(StoreError::ReadOnly {
            path: path.to_path_buf(),
            reason,
        });
    }
    configure(&connection).at(path)?;
    if version < VERSION {
        migrate(&mut connection, path)?;
    }
    Ok(connection)
}

/// Opens a file that is there already, for reading only.
pub(crate) fn open_for_reading(path: &Path) -> Result<Connection, StoreError> {
    if !path.try_exists().unwrap_or(false) {
        return Err(StoreError::NotFound {
            path: path.to_path_buf(),
        });
    }
    if path.is_dir() {
        return Err(StoreError::NotAStore {
            path: path.to_path_buf(),
            found: "a folder".into(),
        });
    }
    let opened = read_only(path, path, OpenFlags::empty());
    // A reader shares the log with writers through files beside the store; in a folder that it
    // cannot write to, it can do without where there is no log.
    let alone = matches!(opened, Err(StoreError::ReadOnly { .. })) && !has_log(path);
    let opened = match unshared(path) {
        Some(uri) if alone => read_only(path, uri.as_ref(), OpenFlags::SQLITE_OPEN_URI),
        _ => opened,
    };
    opened.map_err(|error| match error {
        StoreError::ReadOnly { path, reason } => StoreError::Unreadable { path, reason },
        error => error,
    })
}

fn read_only(path: &Path, name: &Path, more: OpenFlags) -> Result<Connection, StoreError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX | more;
    let connection = Connection::open_with_flags(name, flags).at(path)?;
    connection.busy_timeout(BUSY).at(path)?;
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
    let mut log = path.as_os_str().to_owned();
    log.push("-wal");
    Path::new(&log).exists()
}

/// The name by which SQLite opens a file as one that nobody writes to.
fn unshared(path: &Path) -> Option<String> {
    let path = path
        .to_str()?
        .replace('%', "%25")
        .replace('?', "%3f")
        .replace('#', "%23");
    Some(format!("file:{path}?immutable=1"))
}

/// The version of the file's schema, 0 for an empty file.
fn version(connection: &Connection, path: &Path) -> Result<i64, StoreError> {
    let pragma = |name| {
        connection
            .pragma_query_value(None, name, |row| row.get::<_, i64>(0))
            .at(path)
    };
    let tables = || {
        connection
            .query_row("SELECT count(*) FROM sqlite_schema", (), |row| {
                row.get::<_, i64>(0)
            })
            .at(path)
    };
    match (pragma("application_id")?, pragma("user_version")?) {
        (APPLICATION_ID, found) if found > VERSION => Err(StoreError::NewerSchema {
            path: path.to_path_buf(),
            found,
            known: VERSION,
        }),
        (APPLICATION_ID, found) => Ok(found),
        (0, 0) if tables()? == 0 => Ok(0),
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
    // Readers go on while a batch is written, and a commit does not wait for the disk.
    connection.pragma_update_and_check(None, "journal_mode", "wal", |_| Ok(()))?;
    connection.pragma_update(None, "synchronous", "normal")?;
    // On macOS a plain `fsync` leaves the data in the drive's cache; elsewhere this does nothing.
    connection.pragma_update(None, "fullfsync", true)?;
    // 64 MiB: the inner pages of the indexes stay in memory while the file grows.
    connection.pragma_update(None, "cache_size", -65_536)?;
    connection.pragma_update_and_check(None, "wal_autocheckpoint", 8_000, |_| Ok(()))?;
    // The numbers in a record were read from the same file: to look each up again finds nothing.
    connection.pragma_update(None, "foreign_keys", false)?;
    connection.pragma_update(None, "temp_store", "memory")
}

fn migrate(connection: &mut Connection, path: &Path) -> Result<(), StoreError> {
    let transaction = connection
        .transaction_with_behavior(TransactionBehavior::Immediate)
        .at(path)?;
    // Another process may have done it while this one waited for the lock.
    let found = version(&transaction, path)?;
    for migration in MIGRATIONS.iter().skip(usize::try_from(found).unwrap_or(0)) {
        transaction.execute_batch(migration).at(path)?;
    }
    transaction
        .pragma_update(None, "application_id", APPLICATION_ID)
        .at(path)?;
    transaction
        .pragma_update(None, "user_version", VERSION)
        .at(path)?;
    transaction.commit().at(path)
}
