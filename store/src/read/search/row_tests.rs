//! Conditions on JSON and on costs, which are checked outside of SQL.

use std::cell::RefCell;
use std::collections::HashMap;

use foldhash::fast::RandomState;
use rusqlite::{OptionalExtension, Row, Transaction};
use serde_json::{Map, Value};

use super::super::call::{COLUMNS, Call};
use super::super::column_reader::ColumnReader;
use super::super::prices::ModelPrices;
use super::super::time_merge::SortKey;
use super::value_test::ValueTest;

/// The most results of a test that are kept.
const MAX_KNOWN: usize = 1 << 18;

/// A test, and whether it is to fail.
pub(super) struct Check<S> {
    pub(super) subject: S,
    pub(super) test: ValueTest,
    pub(super) is_negated: bool,
}

/// What a check on the data of a scope looks at.
pub(super) enum ScopeSubject {
    Tag(String),
    Service,
}

/// What a check on a user looks at.
pub(super) enum UserSubject {
    Name,
    Attribute(String),
}

/// Checks on a row that many records refer to. The result of each row is kept.
pub(super) struct SharedChecks<S> {
    checks: Vec<Check<S>>,
    known: RefCell<HashMap<Option<i64>, bool, RandomState>>,
}

impl<S> SharedChecks<S> {
    pub(super) fn new(checks: Vec<Check<S>>) -> Self {
        Self {
            checks,
            known: RefCell::default(),
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.checks.is_empty()
    }

    /// Whether the row with this id passes. `load` reads the row once.
    fn pass<R: Default>(
        &self,
        id: Option<i64>,
        load: impl FnOnce(i64) -> rusqlite::Result<Option<R>>,
        is_match: impl Fn(&S, &ValueTest, &R) -> bool,
    ) -> rusqlite::Result<bool> {
        let known = self.known.borrow().get(&id).copied();
        if let Some(passes) = known {
            return Ok(passes);
        }
        let row = id.map(load).transpose()?.flatten().unwrap_or_default();
        let mut checks = self.checks.iter();
        let passes =
            checks.all(|check| is_match(&check.subject, &check.test, &row) != check.is_negated);
        let mut known = self.known.borrow_mut();
        if known.len() >= MAX_KNOWN {
            known.clear();
        }
        known.insert(id, passes);
        Ok(passes)
    }
}

impl SharedChecks<ScopeSubject> {
    /// Whether the scope of a record passes.
    pub(super) fn scope_passes(
        &self,
        tx: &Transaction<'_>,
        scope: Option<i64>,
    ) -> rusqlite::Result<bool> {
        type Scope = (Map<String, Value>, Map<String, Value>);
        let load = |id| -> rusqlite::Result<Option<Scope>> {
            tx.prepare_cached("SELECT tags, service FROM scopes WHERE id = ?1")?
                .query_row([id], |row| {
                    let mut columns = ColumnReader::new(row);
                    Ok((columns.json()?, columns.json()?))
                })
                .optional()
        };
        self.pass(
            scope,
            load,
            |subject, test, (tags, service)| match subject {
                ScopeSubject::Tag(key) => test.matches_json(tags.get(key)),
                ScopeSubject::Service => test.matches_json(service.get("name")),
            },
        )
    }
}

impl SharedChecks<UserSubject> {
    /// Whether the user of a record passes.
    pub(super) fn user_passes(
        &self,
        tx: &Transaction<'_>,
        user: Option<i64>,
    ) -> rusqlite::Result<bool> {
        let load = |id| {
            tx.prepare_cached(
                "SELECT coalesce(uid, identity), attrs, email, username, full_name, ip_address, segment
                 FROM users WHERE id = ?1",
            )?
            .query_row([id], load_user)
            .optional()
        };
        self.pass(user, load, |subject, test, (name, attrs)| match subject {
            UserSubject::Name => test.matches_name(name.as_deref()),
            UserSubject::Attribute(key) => test.matches_json(attrs.get(key)),
        })
    }
}

/// The name of a user, and the attributes with the details that no attribute hides.
fn load_user(row: &Row<'_>) -> rusqlite::Result<(Option<String>, Map<String, Value>)> {
    const DETAILS: [&str; 5] = ["email", "username", "full_name", "ip_address", "segment"];
    let mut columns = ColumnReader::new(row);
    let name = columns.optional_text()?;
    let mut attrs: Map<String, Value> = columns.json()?;
    for detail in DETAILS {
        if let Some(text) = columns.optional_text()? {
            attrs.entry(detail).or_insert(Value::String(text));
        }
    }
    Ok((name, attrs))
}

/// Checks on single records: on the fields, by key, and on the cost.
pub(super) struct RecordChecks<'r> {
    pub(super) fields: Vec<Check<String>>,
    /// With the prices that they need.
    pub(super) costs: Option<(Vec<Check<()>>, ModelPrices<'r>)>,
}

impl RecordChecks<'_> {
    pub(super) fn is_empty(&self) -> bool {
        self.fields.is_empty() && self.costs.is_none()
    }

    /// Whether a record passes.
    pub(super) fn pass(
        &self,
        tx: &Transaction<'_>,
        (start, id): SortKey,
    ) -> rusqlite::Result<bool> {
        Ok(self.fields_pass(tx, id)? && self.cost_passes(tx, start, id)?)
    }

    /// A field that is no text hides a text of the same key. Most checks need only one of both.
    fn fields_pass(&self, tx: &Transaction<'_>, id: i64) -> rusqlite::Result<bool> {
        const FIELDS: &str = "SELECT fields, text FROM records WHERE id = ?1";
        const TEXTS: &str = "SELECT fields FROM texts WHERE id = ?1";
        if self.fields.is_empty() {
            return Ok(true);
        }
        let mut statement = tx.prepare_cached(FIELDS)?;
        let (mut fields, text) = statement.query_row([id], |row| {
            let mut columns = ColumnReader::new(row);
            Ok((columns.json::<Map<String, Value>>()?, columns.number()?))
        })?;
        let mut keys = self.fields.iter().map(|check| &check.subject);
        if !keys.all(|key| fields.contains_key(key)) {
            let mut statement = tx.prepare_cached(TEXTS)?;
            let texts = statement.query_row([text], |row| {
                ColumnReader::new(row).json::<Map<String, Value>>()
            });
            for (key, value) in texts.optional()?.unwrap_or_default() {
                fields.entry(key).or_insert(value);
            }
        }
        let mut checks = self.fields.iter();
        Ok(checks
            .all(|check| check.test.matches_json(fields.get(&check.subject)) != check.is_negated))
    }

    fn cost_passes(&self, tx: &Transaction<'_>, start: i64, id: i64) -> rusqlite::Result<bool> {
        let Some((checks, prices)) = &self.costs else {
            return Ok(true);
        };
        let mut statement = tx.prepare_cached(&format!(
            "SELECT {COLUMNS} FROM usages g WHERE g.record = ?1"
        ))?;
        let call = statement.query_row([id], |row| Call::read(row, 0));
        let cost = call.optional()?.flatten();
        let cost = cost.and_then(|call| prices.cost(&call, start));
        let cost = cost.map(crate::money::Usd::as_f64);
        let mut checks = checks.iter();
        Ok(checks.all(|check| check.test.matches_number(cost) != check.is_negated))
    }
}
