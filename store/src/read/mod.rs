//! What the file says, asked.

mod cost;
mod coverage;
mod errors;
mod late;
mod rows;
mod scan;
mod search;
mod trail;
mod users;

use std::path::{Path, PathBuf};

use rusqlite::{Connection, OptionalExtension, Transaction};

pub use cost::{By, CostReport, CostRow, UnknownGrouping, UnpricedModel};
pub use errors::ErrorGroup;
pub use late::Gaps;
pub use rows::{Counts, CoverageRow, RecordRow, SessionRow, Totals, Usage, UserRow};
pub use search::Search;
pub(crate) use search::phrase;

use crate::error::{At, StoreError};
use crate::prices::Prices;
use crate::schema;

/// Answers questions about a store, without changing it.
///
/// It can be used while a process writes to the file, and after one that did was killed. Every
/// answer is taken from one moment of the file.
///
/// Costs are computed when they are asked for, from the tokens and the current
/// [prices](Self::with_prices): a price that is added later counts for the calls before it. They
/// are list prices, before discounts for cached input, batches and contracts.
///
/// ```
/// use whose_store::{By, Reader};
///
/// # let folder = tempfile::tempdir()?;
/// # let path = folder.path().join("whose.db");
/// # drop(whose_store::Store::open(&path)?);
/// let reader = Reader::open(&path)?;
/// for user in reader.users()? {
///     println!("{:?}: {} spans, last seen {}", user.id, user.counts.spans, user.last_seen);
/// }
/// for row in reader.cost(&By::Model)?.rows {
///     println!("{:?}: {} calls", row.key, row.usage.calls);
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Reader {
    connection: Connection,
    path: PathBuf,
    prices: Prices,
}

impl Reader {
    /// Opens a store for reading.
    ///
    /// # Errors
    /// [`NotFound`](StoreError::NotFound) where there is no file,
    /// [`NotAStore`](StoreError::NotAStore) where it is something else,
    /// [`NewerSchema`](StoreError::NewerSchema) where a newer version wrote it,
    /// [`OlderSchema`](StoreError::OlderSchema) where an earlier one did.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, StoreError> {
        let path = path.as_ref().to_path_buf();
        let connection = schema::open_for_reading(&path)?;
        Ok(Self {
            connection,
            path,
            prices: Prices::builtin(),
        })
    }

    /// Takes these prices instead of the [builtin](Prices::builtin) ones.
    #[must_use]
    pub fn with_prices(mut self, prices: Prices) -> Self {
        self.prices = prices;
        self
    }

    /// The prices that costs are computed from.
    #[must_use]
    pub fn prices(&self) -> &Prices {
        &self.prices
    }

    pub(crate) fn connection(&self) -> &Connection {
        &self.connection
    }

    /// Asks within one moment of the file.
    fn ask<T>(
        &self,
        question: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<T>,
    ) -> Result<T, StoreError> {
        let ask = || {
            let moment = self.connection.unchecked_transaction()?;
            let answer = question(&moment)?;
            moment.commit()?;
            Ok(answer)
        };
        ask().at(&self.path)
    }

    /// The number of a user, by the id or, for users without one, by what stands in for it.
    fn user_key(&self, id: &str) -> Result<i64, StoreError> {
        find_user(&self.connection, id)
            .at(&self.path)?
            .ok_or_else(|| StoreError::UnknownUser { id: id.to_owned() })
    }

    fn session_key(&self, id: &str) -> Result<i64, StoreError> {
        self.connection
            .query_row("SELECT id FROM sessions WHERE sid = ?1", [id], |row| {
                row.get(0)
            })
            .optional()
            .at(&self.path)?
            .ok_or_else(|| StoreError::UnknownSession { id: id.to_owned() })
    }
}

/// What a user is called whose row somebody has deleted; the records still have the number.
const DELETED_USER: &str = "deleted user #";

/// The number of a user, by the id or by what the answers call a user without one.
pub(crate) fn find_user(file: &Connection, id: &str) -> rusqlite::Result<Option<i64>> {
    const FIND: &str = "SELECT id FROM users WHERE identity IN ('id:' || ?1, 'hash:' || ?1, ?1)
        ORDER BY uid IS NULL LIMIT 1";
    const DELETED: &str = "SELECT r.user FROM parts CROSS JOIN records r
        ON r.id >> 16 << 32 | r.user = parts.part | ?1 AND r.user = ?1
        WHERE NOT EXISTS (SELECT 1 FROM users WHERE id = ?1) LIMIT 1";
    let user = file.query_row(FIND, [id], |row| row.get(0)).optional()?;
    let deleted = id.strip_prefix(DELETED_USER);
    match deleted.and_then(|number| number.parse::<i64>().ok()) {
        Some(number) if user.is_none() => file
            .query_row(DELETED, [number], |row| row.get(0))
            .optional(),
        _ => Ok(user),
    }
}
