//! The outbox of one process.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use rusqlite::{Connection, Transaction, TransactionBehavior};

use super::lock::lock;
use super::table::{self, OutboxEntry, OutboxItem, OutboxPushed};
use super::usage;
use crate::error::{StoreError, WithPath};
use crate::file_identity::FileIdentity;
use crate::schema;

/// A durable queue of encoded records that wait to be sent, in a table of a store's file.
///
/// An exporter pushes each record before it sends it, and removes the record after the receiver has
/// acknowledged it. A pushed record survives the end of the process, including `SIGKILL`: the next
/// process that opens the outbox finds it. [`Eraser::forget`](crate::Eraser::forget) erases the waiting
/// records of a user too.
///
/// The file can be one that a [`Store`](crate::Store) writes, or a file of its own. One process at a
/// time opens the outbox of a file.
///
/// ```
/// use whose_store::{Outbox, OutboxItem, OutboxOwner};
///
/// # let folder = tempfile::tempdir()?;
/// # let path = folder.path().join("spool.db");
/// # let rec = whose::testing::Recorder::start();
/// # whose::user("alice").in_scope(|| tracing::info!("hello"));
/// # let record = &rec.events()[0];
/// let outbox = Outbox::open(&path, 1 << 30)?;
/// let owner = OutboxOwner::of(record);
/// let item = OutboxItem { owner: &owner, context: b"", payload: b"encoded" };
/// assert_eq!(outbox.push(0, &[item])?.stored, 1);
///
/// let waiting = outbox.oldest(0, 1_000, 1 << 20)?;
/// assert_eq!(waiting[0].payload, b"encoded");
/// outbox.remove(&[waiting[0].id])?; // acknowledged
/// assert_eq!(outbox.count(0)?, 0);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Outbox {
    state: Mutex<State>,
    path: PathBuf,
    file: Option<FileIdentity>,
    max_bytes: u64,
    /// Held until the outbox is dropped.
    _lock: File,
}

#[derive(Debug)]
struct State {
    connection: Connection,
    /// The bytes of all payloads. An erasure by another connection makes the sum too large until it is
    /// counted again.
    bytes: u64,
}

impl Outbox {
    /// Opens the outbox of the file, and creates the file if there is none. `max_bytes` is the most
    /// bytes of payload that wait.
    ///
    /// # Errors
    /// [`Locked`](StoreError::Locked) if another process has opened the outbox of the file; those of
    /// [`Store::open`](crate::Store::open).
    pub fn open(path: impl AsRef<Path>, max_bytes: u64) -> Result<Self, StoreError> {
        let path = path.as_ref().to_path_buf();
        let connection = schema::open_for_writing(&path)?;
        let lock = lock(&path)?;
        connection.execute_batch(table::CREATE).with_path(&path)?;
        let (_, bytes) = usage::usage(&connection).with_path(&path)?;
        Ok(Self {
            state: Mutex::new(State { connection, bytes }),
            file: FileIdentity::of(&path),
            path,
            max_bytes,
            _lock: lock,
        })
    }

    /// The path of the file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Whether the path names another file by now, or none.
    ///
    /// The outbox goes on with the file that it has opened, and the waiting records can be sent. The next
    /// process does not find them. Use the method to warn. Always `false` on systems that do not let an
    /// open file be replaced.
    ///
    /// ```
    /// # let folder = tempfile::tempdir()?;
    /// # let path = folder.path().join("spool.db");
    /// let outbox = whose_store::Outbox::open(&path, 1 << 30)?;
    /// assert!(!outbox.is_file_replaced());
    /// # #[cfg(unix)]
    /// std::fs::remove_file(&path)?;
    /// # #[cfg(unix)]
    /// assert!(outbox.is_file_replaced());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn is_file_replaced(&self) -> bool {
        FileIdentity::of(&self.path) != self.file
    }

    /// Stores records in one transaction. Past the limit of bytes, the oldest records of all channels
    /// are dropped. A channel separates records that are sent to different places.
    ///
    /// # Errors
    /// Any error of SQLite. Nothing is stored then.
    pub fn push(&self, channel: u8, items: &[OutboxItem<'_>]) -> Result<OutboxPushed, StoreError> {
        let mut state = self.lock();
        let State { connection, bytes } = &mut *state;
        let mut push = || {
            let transaction = begin(connection)?;
            let (mut pushed, added) = table::insert(&transaction, channel, items)?;
            let mut sum = *bytes + added;
            if sum > self.max_bytes {
                (_, sum) = usage::usage(&transaction)?;
            }
            if sum > self.max_bytes {
                let oldest = usage::oldest_of_bytes(&transaction, sum - self.max_bytes)?;
                let (rows, freed) = table::delete(&transaction, &oldest)?;
                pushed.dropped = rows;
                sum -= freed;
            }
            transaction.commit()?;
            *bytes = sum;
            Ok(pushed)
        };
        push().with_path(&self.path)
    }

    /// The records that have waited longest, at most `rows` of them with at most `bytes` of payload,
    /// but at least one. They stay until they are [removed](Self::remove).
    ///
    /// # Errors
    /// Any error of SQLite.
    pub fn oldest(
        &self,
        channel: u8,
        rows: usize,
        bytes: usize,
    ) -> Result<Vec<OutboxEntry>, StoreError> {
        let state = self.lock();
        table::oldest(&state.connection, channel, rows, bytes).with_path(&self.path)
    }

    /// Removes records in one transaction. Returns how many there were.
    ///
    /// # Errors
    /// Any error of SQLite. Nothing is removed then.
    pub fn remove(&self, ids: &[i64]) -> Result<u64, StoreError> {
        let mut state = self.lock();
        let State { connection, bytes } = &mut *state;
        let mut remove = || {
            let transaction = begin(connection)?;
            let (rows, freed) = table::delete(&transaction, ids)?;
            transaction.commit()?;
            *bytes = bytes.saturating_sub(freed);
            Ok(rows)
        };
        remove().with_path(&self.path)
    }

    /// How many records of the channel wait.
    ///
    /// # Errors
    /// Any error of SQLite.
    pub fn count(&self, channel: u8) -> Result<u64, StoreError> {
        let state = self.lock();
        usage::count(&state.connection, channel).with_path(&self.path)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // A panic inside a transaction rolls the transaction back.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn begin(connection: &Connection) -> rusqlite::Result<Transaction<'_>> {
    Transaction::new_unchecked(connection, TransactionBehavior::Immediate)
}
