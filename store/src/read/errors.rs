//! Which errors there are, and whom they hit.

use rusqlite::{Row, params};
use serde::Serialize;
use whose::Timestamp;

use super::Reader;
use super::scan::records_of;
use super::trail::{hex, parsed, place};
use super::users::count;
use crate::error::StoreError;

/// Errors of one kind: those that have one fingerprint.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct ErrorGroup {
    /// What they have in common, in hexadecimal digits.
    pub fingerprint: String,
    /// The type of the last one, where it is known.
    pub error_type: Option<String>,
    /// The message of the last one; so are the other parts.
    pub message: Option<String>,
    /// The level.
    pub level: String,
    /// What caused it, outermost first.
    pub causes: Vec<String>,
    /// The spans that it happened in, from the innermost outwards.
    pub path: Vec<String>,
    /// The file of the call site.
    pub file: Option<String>,
    /// The line of the call site.
    pub line: Option<u32>,
    /// How many errors of the kind there are.
    pub errors: u64,
    /// How many users they hit.
    pub users: u64,
    /// How many sessions they happened in.
    pub sessions: u64,
    /// Those that hit nobody who is known, and not on purpose.
    pub without_user: u64,
    /// When the first one happened.
    pub first_seen: Timestamp,
    /// When the last one happened.
    pub last_seen: Timestamp,
}

const ERRORS: &str =
    "SELECT g.*, t.error_type, t.message, t.causes, f.path, s.level, s.file, s.line
    FROM (
      SELECT f.fingerprint, count(*) AS errors, count(DISTINCT r.user) AS users,
        count(DISTINCT r.session) AS sessions,
        sum(r.user IS NULL AND q.unattributed <> 'masked') AS without_user,
        min(r.start) AS first, max(r.start) AS last, max(r.id) AS example
      FROM failures f
      JOIN records r ON r.id = f.record
      JOIN traits q ON q.id = r.traits
      WHERE f.fingerprint IS NOT NULL AND (?1 IS NULL OR f.fingerprint IN (
        SELECT f.fingerprint
        FROM {records of the user}
        JOIN failures f ON f.record = r.id
        WHERE f.fingerprint IS NOT NULL))
      GROUP BY f.fingerprint
    ) g
    JOIN records r ON r.id = g.example
    JOIN failures f ON f.record = r.id
    JOIN texts t ON t.id = r.text
    JOIN sites s ON s.id = r.site
    ORDER BY g.users DESC, g.errors DESC, g.last DESC, g.example DESC";

impl Reader {
    /// The kinds of errors that there are, or those that hit one user: the one that hit most
    /// users first. The figures are those of the whole kind.
    ///
    /// ```
    /// use whose_store::Reader;
    ///
    /// # let folder = tempfile::tempdir()?;
    /// # let path = folder.path().join("whose.db");
    /// # let _shutdown = whose_store::init(&path)?;
    /// for user in ["alice", "bob"] {
    ///     whose::user(user).in_scope(|| whose::capture_message(format!("no page for {user:?}")));
    /// }
    /// assert!(whose::flush(std::time::Duration::from_secs(5)).is_complete());
    ///
    /// let kinds = Reader::open(&path)?.errors(None)?;
    /// assert_eq!((kinds.len(), kinds[0].errors, kinds[0].users), (1, 2, 2));
    /// assert_eq!(kinds[0].message.as_deref(), Some("no page for \"bob\""));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`UnknownUser`](StoreError::UnknownUser), and those of SQLite.
    pub fn errors(&self, user_id: Option<&str>) -> Result<Vec<ErrorGroup>, StoreError> {
        let user = user_id.map(|id| self.user_key(id)).transpose()?;
        self.ask(|moment| {
            let sql = ERRORS.replace("{records of the user}", &records_of("user"));
            let mut statement = moment.prepare_cached(&sql)?;
            statement.query_map(params![user], group)?.collect()
        })
    }
}

fn group(row: &Row<'_>) -> rusqlite::Result<ErrorGroup> {
    let (file, line) = place(row)?;
    Ok(ErrorGroup {
        fingerprint: hex(&row.get::<_, Vec<u8>>("fingerprint")?),
        error_type: row.get("error_type")?,
        message: row.get("message")?,
        level: row.get("level")?,
        causes: parsed(row, "causes")?,
        path: parsed(row, "path")?,
        file,
        line,
        errors: count(row, "errors")?,
        users: count(row, "users")?,
        sessions: count(row, "sessions")?,
        without_user: count(row, "without_user")?,
        first_seen: Timestamp::from_nanos(row.get("first")?),
        last_seen: Timestamp::from_nanos(row.get("last")?),
    })
}
