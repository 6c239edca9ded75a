//! The values and keys that a search can be narrowed by.

use std::collections::BTreeSet;

use rusqlite::types::ValueRef;
use rusqlite::{Transaction, params};
use serde_json::{Map, Value};
use whose::Source;

use super::column_reader::ColumnReader;
use super::reader::Reader;
use super::search::SearchField;
use crate::error::StoreError;

/// What to suggest; see [`Queries::suggestions`](crate::Queries::suggestions).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SuggestionsOf {
    /// Values of a field.
    Values(SearchField),
    /// Keys of tags.
    TagKeys,
    /// Keys of fields of records.
    FieldKeys,
    /// Keys of attributes of users.
    AttributeKeys,
}

/// The rows of a table without an index that are read, the newest ones. Older values are not suggested.
const NEWEST_ROWS: i64 = 10_000;

impl Reader {
    pub(super) fn suggestions(
        &self,
        of: &SuggestionsOf,
        prefix: &str,
        limit: usize,
    ) -> Result<Vec<String>, StoreError> {
        let mut suggestions = Suggestions {
            prefix,
            limit,
            found: BTreeSet::new(),
        };
        self.read_tx(|tx| suggestions.collect(tx, of))?;
        Ok(suggestions.found.into_iter().collect())
    }
}

/// The suggestions that were found, in alphabetical order.
struct Suggestions<'a> {
    prefix: &'a str,
    limit: usize,
    found: BTreeSet<String>,
}

impl Suggestions<'_> {
    fn collect(&mut self, tx: &Transaction<'_>, of: &SuggestionsOf) -> rusqlite::Result<()> {
        match of {
            SuggestionsOf::Values(field) => self.values(tx, field),
            SuggestionsOf::TagKeys => self.newest_keys(tx, "tags", "scopes"),
            SuggestionsOf::AttributeKeys => self.newest_keys(tx, "attrs", "users"),
            SuggestionsOf::FieldKeys => {
                self.newest_keys(tx, "fields", "texts")?;
                self.newest_keys(tx, "fields", "records")
            }
        }
    }

    fn values(&mut self, tx: &Transaction<'_>, field: &SearchField) -> rusqlite::Result<()> {
        match field {
            SearchField::Type => self.all(tx, "SELECT DISTINCT type FROM sites"),
            SearchField::Level => self.all(tx, "SELECT DISTINCT level FROM sites"),
            SearchField::Name => self.all(tx, "SELECT DISTINCT name FROM sites"),
            SearchField::Target => self.all(tx, "SELECT DISTINCT target FROM sites"),
            SearchField::Kind => self.all(tx, "SELECT DISTINCT kind FROM traits"),
            SearchField::Reason => self.all(tx, "SELECT DISTINCT unattributed FROM traits"),
            SearchField::Source => {
                self.all(tx, "SELECT DISTINCT user_source FROM traits")?;
                let has_links = tx
                    .prepare_cached("SELECT 1 FROM links WHERE user IS NOT NULL")?
                    .exists(())?;
                if has_links {
                    self.add(Source::Late.as_str());
                }
                Ok(())
            }
            SearchField::Failed => {
                ["true", "false"]
                    .into_iter()
                    .for_each(|value| self.add(value));
                Ok(())
            }
            SearchField::Model => self.all(tx, "SELECT DISTINCT model FROM models"),
            SearchField::Provider => self.all(tx, "SELECT DISTINCT provider FROM models"),
            SearchField::User => self.users(tx),
            SearchField::Session => self.indexed(tx, "sid", "sessions"),
            SearchField::Conversation => self.indexed(tx, "cid", "conversations"),
            SearchField::Actor => self.indexed(tx, "aid", "actors"),
            SearchField::Agent => newest(tx, "agent", "usages", "record", |text| self.add(text)),
            SearchField::Tool => newest(tx, "tool", "usages", "record", |text| self.add(text)),
            SearchField::Service => self.newest_values(tx, "service", "scopes", "name"),
            SearchField::Tag(key) => self.newest_values(tx, "tags", "scopes", key),
            SearchField::UserAttribute(key) => self.newest_values(tx, "attrs", "users", key),
            SearchField::Field(key) => {
                self.newest_values(tx, "fields", "texts", key)?;
                self.newest_values(tx, "fields", "records", key)
            }
            SearchField::Fingerprint
            | SearchField::Trace
            | SearchField::Duration
            | SearchField::Cost
            | SearchField::Tokens => Ok(()),
        }
    }

    /// Adds a value if it begins with the prefix, in any case of ASCII letters.
    fn add(&mut self, value: &str) {
        let start = value.as_bytes().get(..self.prefix.len());
        let is_match = start.is_some_and(|it| it.eq_ignore_ascii_case(self.prefix.as_bytes()));
        if is_match && !value.is_empty() {
            self.found.insert(value.to_owned());
        }
        // The first ones in alphabetical order stay.
        if self.found.len() > self.limit {
            self.found.pop_last();
        }
    }

    /// Adds the texts of a small table.
    fn all(&mut self, tx: &Transaction<'_>, sql: &str) -> rusqlite::Result<()> {
        let mut statement = tx.prepare_cached(sql)?;
        let mut rows = statement.query(())?;
        while let Some(row) = rows.next()? {
            self.add(&ColumnReader::new(row).text()?);
        }
        Ok(())
    }

    /// Adds texts of an indexed column, from the prefix on. The index finds each text once, in any
    /// number of rows.
    fn indexed(&mut self, tx: &Transaction<'_>, column: &str, table: &str) -> rusqlite::Result<()> {
        let first = format!("SELECT min({column}) FROM {table} WHERE {column} >= ?1");
        let next = format!("SELECT min({column}) FROM {table} WHERE {column} > ?1");
        let mut value = self.text_after(tx, &first, self.prefix)?;
        for _ in 0..self.limit {
            let Some(text) = value.filter(|text| text.starts_with(self.prefix)) else {
                break;
            };
            self.add(&text);
            value = self.text_after(tx, &next, &text)?;
        }
        Ok(())
    }

    /// Adds the ids of users, and the names of users without an id.
    fn users(&mut self, tx: &Transaction<'_>) -> rusqlite::Result<()> {
        const USERS: &str = "SELECT coalesce(uid, identity) FROM users
            WHERE identity >= ?1 AND identity < ?1 || char(1114111) ORDER BY identity LIMIT ?2";
        let limit = i64::try_from(self.limit).unwrap_or(i64::MAX);
        for start in ["id:", "hash:", ""].map(|kind| format!("{kind}{}", self.prefix)) {
            let mut statement = tx.prepare_cached(USERS)?;
            let mut rows = statement.query(params![start, limit])?;
            while let Some(row) = rows.next()? {
                self.add(&ColumnReader::new(row).text()?);
            }
        }
        Ok(())
    }

    fn text_after(
        &self,
        tx: &Transaction<'_>,
        sql: &str,
        text: &str,
    ) -> rusqlite::Result<Option<String>> {
        let mut statement = tx.prepare_cached(sql)?;
        statement.query_row([text], |row| ColumnReader::new(row).optional_text())
    }

    /// Adds the values of a key of the JSON objects in the newest rows.
    fn newest_values(
        &mut self,
        tx: &Transaction<'_>,
        column: &str,
        table: &str,
        key: &str,
    ) -> rusqlite::Result<()> {
        newest(tx, column, table, "id", |text| {
            match object(text).get(key) {
                None | Some(Value::Null) => {}
                Some(Value::String(text)) => self.add(text),
                Some(value) => self.add(&value.to_string()),
            }
        })
    }

    /// Adds the keys of the JSON objects in the newest rows.
    fn newest_keys(
        &mut self,
        tx: &Transaction<'_>,
        column: &str,
        table: &str,
    ) -> rusqlite::Result<()> {
        newest(tx, column, table, "id", |text| {
            object(text).keys().for_each(|key| self.add(key));
        })
    }
}

/// Reads a column of the newest rows of a table.
fn newest(
    tx: &Transaction<'_>,
    column: &str,
    table: &str,
    key: &str,
    mut read: impl FnMut(&str),
) -> rusqlite::Result<()> {
    let sql = format!(
        "SELECT DISTINCT {column} FROM
           (SELECT {column} FROM {table} ORDER BY {key} DESC LIMIT {NEWEST_ROWS})"
    );
    let mut statement = tx.prepare_cached(&sql)?;
    let mut rows = statement.query(())?;
    while let Some(row) = rows.next()? {
        if let ValueRef::Text(text) = row.get_ref(0)? {
            read(&String::from_utf8_lossy(text));
        }
    }
    Ok(())
}

/// A JSON object; empty if the text is none.
fn object(text: &str) -> Map<String, Value> {
    serde_json::from_str(text).unwrap_or_default()
}
