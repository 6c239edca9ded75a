//! How a search is executed: the index, the SQL, and the checks.

use rusqlite::Transaction;

use super::super::column::Column;
use super::super::id_set::IdSet;
use super::super::prices::ModelPrices;
use super::super::reader::Reader;
use super::super::trail::TrailSql;
use super::compile::{Compiled, compile};
use super::condition::{SearchCondition, SearchField, Subject};
use super::driver::Driver;
use super::lookup;
use super::row_tests::{Check, RecordChecks, ScopeSubject, SharedChecks, UserSubject};
use super::source::SearchSource;
use super::terms::{Terms, parse_hex};
use super::text_search::{Words, first_texts, records_with};
use super::value_test::ValueTest;

/// With so few texts, their index is better than that of a user.
const FEW_TEXTS: u64 = 16;
/// The most texts whose records are looked up. With more texts, the texts of the records are checked
/// instead.
const MAX_TEXTS: u64 = 4_096;
/// The most records of texts that are looked up.
const MAX_RECORDS: usize = 65_536;
/// The most texts that are looked up in each partition, where they have more records.
const MAX_TEXTS_OF_PARTITION: u64 = 256;

/// Collects what the conditions demand.
#[derive(Default)]
pub(super) struct Plan {
    terms: Terms,
    words: Words,
    scopes: Vec<Check<ScopeSubject>>,
    users: Vec<Check<UserSubject>>,
    fields: Vec<Check<String>>,
    costs: Vec<Check<()>>,
    user: Option<i64>,
    session: Option<i64>,
    fingerprint: Option<Vec<u8>>,
    /// Only model calls fulfil the conditions.
    is_call: bool,
    /// Only records without a user of their own fulfil the conditions.
    is_nobody: bool,
    /// No record fulfils the conditions.
    is_impossible: bool,
}

impl Plan {
    pub(super) fn add(
        &mut self,
        tx: &Transaction<'_>,
        condition: &SearchCondition,
    ) -> rusqlite::Result<()> {
        let is_negated = condition.is_negated;
        match &condition.subject {
            Subject::Words(words) => {
                self.words.add(words, is_negated);
                Ok(())
            }
            Subject::Value(field, test) => self.add_value(tx, field, test, is_negated),
        }
    }

    fn add_value(
        &mut self,
        tx: &Transaction<'_>,
        field: &SearchField,
        test: &ValueTest,
        is_negated: bool,
    ) -> rusqlite::Result<()> {
        if !is_negated {
            self.narrow(field, test);
        }
        match compile(tx, &mut self.terms, field, test)? {
            Compiled::Never => self.is_impossible |= !is_negated,
            Compiled::Sql(sql) => self.terms.push(&sql, is_negated),
            Compiled::Sites(sites) => {
                self.terms.push_sites(&sites, is_negated);
                if !is_negated {
                    self.words
                        .imply_any("name", lookup::site_names(tx, &sites)?);
                }
            }
            Compiled::User(user) => {
                self.terms.push_user(user, is_negated);
                self.user = self.user.or(Some(user).filter(|_| !is_negated));
            }
            Compiled::Session(session) => {
                self.terms.push_session(session, is_negated);
                self.session = self.session.or(Some(session).filter(|_| !is_negated));
            }
            Compiled::Scope(subject) => self.scopes.push(check(subject, test, is_negated)),
            Compiled::OfUser(subject) => self.users.push(check(subject, test, is_negated)),
            Compiled::Field(key) => self.fields.push(check(key, test, is_negated)),
            Compiled::Cost => self.costs.push(check((), test, is_negated)),
        }
        Ok(())
    }

    /// Uses a condition to find an index.
    fn narrow(&mut self, field: &SearchField, test: &ValueTest) {
        match (field, test) {
            (SearchField::Fingerprint, ValueTest::Is(digits)) => {
                self.fingerprint = parse_hex(digits);
            }
            (SearchField::Field(key), test) => {
                self.terms.push_field_hint(key, test);
                if let ValueTest::Is(value) = test
                    && is_no_json(value)
                {
                    self.words.imply_any("rest", vec![value.clone()]);
                }
            }
            (SearchField::Reason, _) => self.is_nobody = true,
            (
                SearchField::Model
                | SearchField::Provider
                | SearchField::Agent
                | SearchField::Tool
                | SearchField::Cost
                | SearchField::Tokens,
                _,
            ) => self.is_call = true,
            _ => {}
        }
    }

    /// Chooses the index.
    pub(super) fn source<'r>(
        mut self,
        tx: &Transaction<'_>,
        reader: &'r Reader,
    ) -> rusqlite::Result<SearchSource<'r>> {
        let costs = std::mem::take(&mut self.costs);
        let costs = match costs.is_empty() {
            true => None,
            false => Some((costs, ModelPrices::load(reader.prices(), tx)?)),
        };
        let driver = self.driver(tx)?;
        // The index over the texts finds only records whose texts match.
        let texts = match driver {
            Driver::Texts(_) | Driver::Records(_) => None,
            _ => self.words.check(),
        };
        Ok(SearchSource {
            driver,
            terms: self.terms,
            texts,
            scopes: SharedChecks::new(self.scopes),
            users: SharedChecks::new(self.users),
            records: RecordChecks {
                fields: self.fields,
                costs,
            },
        })
    }

    fn driver(&mut self, tx: &Transaction<'_>) -> rusqlite::Result<Driver> {
        if self.is_impossible || self.words.is_impossible() {
            return Ok(Driver::Nothing);
        }
        let texts = match self.words.selective() {
            Some(expression) => Some(first_texts(tx, &expression, MAX_TEXTS + 1)?),
            None => None,
        };
        let owner = match (self.session, self.user) {
            (Some(session), _) => Some((Column::Session, session)),
            (None, user) => user.map(|user| (Column::User, user)),
        };
        if let Some(texts) = texts
            && (texts.len() <= FEW_TEXTS || owner.is_none())
            && let Some(driver) = text_driver(tx, texts)?
        {
            return Ok(driver);
        }
        Ok(match (owner, self.fingerprint.take()) {
            (Some((column, id)), _) => Driver::Owner {
                id,
                sql: TrailSql::new(tx, column, id)?,
            },
            (None, Some(bytes)) => Driver::Fingerprint(bytes),
            (None, None) if self.is_call => Driver::Calls,
            (None, None) if self.is_nobody => Driver::Nobody,
            (None, None) => Driver::All,
        })
    }
}

/// The index for the texts; `None` if there are too many.
fn text_driver(tx: &Transaction<'_>, texts: IdSet) -> rusqlite::Result<Option<Driver>> {
    if texts.len() == 0 {
        return Ok(Some(Driver::Nothing));
    }
    if texts.len() > MAX_TEXTS {
        return Ok(None);
    }
    Ok(match records_with(tx, &texts, MAX_RECORDS)? {
        Some(records) => Some(Driver::Records(records)),
        None if texts.len() <= MAX_TEXTS_OF_PARTITION => Some(Driver::Texts(texts)),
        None => None,
    })
}

/// Whether the text of a value can only be a text: one of a number is not in the index.
fn is_no_json(value: &str) -> bool {
    serde_json::from_str::<serde_json::Value>(value).is_err()
}

fn check<S>(subject: S, test: &ValueTest, is_negated: bool) -> Check<S> {
    Check {
        subject,
        test: test.clone(),
        is_negated,
    }
}
