//! The names of the groups of a cost query.

use rusqlite::Transaction;
use rusqlite::types::Value;

use super::group_by::GroupBy;
use super::names::{load_name, model_name, user_name};

/// The name that the key of a group stands for; `None` for calls without such a group.
pub(super) fn group_name(
    tx: &Transaction<'_>,
    by: &GroupBy,
    key: Value,
) -> rusqlite::Result<Option<String>> {
    let id = match key {
        Value::Null => return Ok(None),
        Value::Text(text) => return Ok(Some(text)),
        Value::Blob(bytes) => return Ok(Some(String::from_utf8_lossy(&bytes).into_owned())),
        Value::Real(id) => return Ok(Some(id.to_string())),
        Value::Integer(id) => id,
    };
    Ok(Some(match by {
        GroupBy::User => user_name(tx, id)?,
        GroupBy::Model => model_name(tx, id)?,
        GroupBy::Session => load_name(
            tx,
            "SELECT coalesce(sid, 'deleted session #' || n.id)
             FROM (SELECT ?1 AS id) n LEFT JOIN sessions s ON s.id = n.id",
            id,
        )?,
        GroupBy::Provider
        | GroupBy::Conversation
        | GroupBy::Agent
        | GroupBy::Tool
        | GroupBy::Service
        | GroupBy::Day
        | GroupBy::Tag(_)
        | GroupBy::Attr(_) => id.to_string(),
    }))
}
