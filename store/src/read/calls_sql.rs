//! The SQL of the model calls of a time range.

use rusqlite::types::Value;

use super::column::Column;
use super::group_by::GroupBy;
use super::grouped_call::{Condition, GroupedCall};
use super::partitions::Partitions;
use super::query::TimeRange;

/// The statement that reads the calls, ordered by group, and its values.
///
/// Without a group, the keys are empty and the calls have no order: sorting takes half of the time.
/// Sorting in SQL and summing in Rust takes half as long as `GROUP BY`.
pub(super) fn calls_sql(
    by: Option<&GroupBy>,
    conditions: &[Condition],
    partitions: &Partitions,
    range: TimeRange,
) -> (String, Vec<Value>) {
    let mut sql = CallsSql::default();
    let since = sql.value(range.since);
    let until = sql.value(range.until);
    let all = sql.value(partitions.to_json());
    let newest = sql.value(partitions.newest_id());
    let from = sql.source(conditions, &all, &newest);
    let key = by.map(|by| sql.key(by));
    for condition in conditions {
        sql.add_condition(condition);
    }
    let order = if key.is_some() { "ORDER BY 1" } else { "" };
    let columns = GroupedCall::columns(key.as_deref().unwrap_or("NULL"));
    let joins = sql.joins.concat();
    let wanted = sql.wanted.concat();
    let statement = format!(
        "SELECT {columns} FROM {from} {joins}
         WHERE r.start >= {since} AND ({until} IS NULL OR r.start < {until}) {wanted} {order}"
    );
    (statement, sql.values)
}

/// A statement in the making.
#[derive(Default)]
struct CallsSql {
    joins: Vec<&'static str>,
    wanted: Vec<String>,
    values: Vec<Value>,
}

impl CallsSql {
    /// Adds a value, and returns the SQL of its parameter.
    fn value(&mut self, value: impl Into<Value>) -> String {
        self.values.push(value.into());
        format!("?{}", self.values.len())
    }

    /// Adds a join, once.
    fn join(&mut self, join: &'static str) {
        if !self.joins.contains(&join) {
            self.joins.push(join);
        }
    }

    /// SQL for the calls `g` and their records `r` in the partitions. A user or a session is found by
    /// index.
    fn source(&mut self, conditions: &[Condition], partitions: &str, newest: &str) -> String {
        let by_index = conditions.iter().find_map(|condition| {
            let column = match condition.by {
                GroupBy::User => Column::User,
                GroupBy::Session => Column::Session,
                _ => return None,
            };
            Some((column, condition.key.clone()?))
        });
        match by_index {
            Some((column, id)) => {
                let (name, id) = (column.name(), self.value(id));
                format!(
                    "json_each({partitions}) p
                     CROSS JOIN records r INDEXED BY records_{name}
                       ON r.id >> 16 << 32 | r.{name} = p.value << 32 | {id}
                       AND r.{name} = {id} AND r.id <= {newest}
                     CROSS JOIN usages g ON g.record = r.id "
                )
            }
            None => format!(
                "json_each({partitions}) p
                 CROSS JOIN usages g ON g.record BETWEEN p.value << 16 AND p.value << 16 | 65535
                 CROSS JOIN records r ON r.id = g.record AND r.id <= {newest} "
            ),
        }
    }

    /// SQL for the key of the group that a call belongs to.
    fn key(&mut self, by: &GroupBy) -> String {
        const SCOPES: &str = "LEFT JOIN scopes c ON c.id = r.scope ";
        match by {
            GroupBy::User => "r.user".to_owned(),
            GroupBy::Session => "r.session".to_owned(),
            GroupBy::Model => {
                self.join("LEFT JOIN models m ON m.id = g.model ");
                "m.model".to_owned()
            }
            GroupBy::Provider => {
                self.join("LEFT JOIN models m ON m.id = g.model ");
                "nullif(m.provider, '')".to_owned()
            }
            GroupBy::Tag(key) => {
                self.join(SCOPES);
                self.json_value("c.tags", key)
            }
            GroupBy::Attr(key) => {
                self.join("LEFT JOIN users u ON u.id = r.user ");
                self.json_value("u.attrs", key)
            }
            GroupBy::Service => {
                self.join(SCOPES);
                self.json_value("c.service", "name")
            }
            GroupBy::Conversation => {
                self.join("LEFT JOIN conversations cv ON cv.scope = r.scope ");
                "cv.cid".to_owned()
            }
            GroupBy::Agent => "nullif(g.agent, '')".to_owned(),
            GroupBy::Tool => "nullif(g.tool, '')".to_owned(),
            GroupBy::Day => "date(r.start / 1000000000, 'unixepoch')".to_owned(),
        }
    }

    /// SQL for the value of a key in a column with a JSON object. A forged column need not be JSON.
    fn json_value(&mut self, column: &str, key: &str) -> String {
        let key = self.value(key.to_owned());
        format!(
            "CASE WHEN json_valid({column})
             THEN (SELECT value FROM json_each({column}) WHERE key = {key}) END"
        )
    }

    fn add_condition(&mut self, condition: &Condition) {
        let key = self.key(&condition.by);
        let wanted = match &condition.key {
            None => format!("AND {key} IS NULL "),
            // A row id is compared as a number. A tag or an attribute can be a number, and its group
            // has the text of the number.
            Some(Value::Integer(id)) => format!("AND {key} = {} ", self.value(*id)),
            Some(text) => {
                let text = self.value(text.clone());
                format!("AND CAST({key} AS TEXT) = {text} ")
            }
        };
        self.wanted.push(wanted);
    }
}
