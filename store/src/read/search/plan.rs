//! How a search is executed: the index, the SQL, and the checks.

use rusqlite::Transaction;

use super::super::column::Column;
use super::super::prices::ModelPrices;
use super::super::reader::Reader;
use super::super::trail::TrailSql;
use super::condition::{SearchCondition, SearchField, Subject};
use super::driver::Driver;
use super::lookup;
use super::row_tests::{Check, RecordChecks, ScopeSubject, SharedChecks, UserSubject};
use super::source::SearchSource;
use super::terms::{Terms, parse_hex};
use super::text_search::{Words, first_texts};
use super::value_test::ValueTest;

/// With so few texts, their index is better than that of a user.
const FEW_TEXTS: u64 = 16;
/// The most texts that are looked up one by one in each partition. With more texts, the texts of the
/// records are checked instead.
const MAX_TEXTS: i64 = 256;

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
        self.narrow(tx, field, test, is_negated)?;
        let terms = &mut self.terms;
        let name = |value: Option<&str>| test.matches_name(value);
        let word = |value: Option<&str>| test.matches_word(value);
        let sql = match field {
            SearchField::Type => terms.site(&lookup::sites(tx, "type", word)?),
            SearchField::Level => terms.site(&lookup::sites(tx, "level", word)?),
            SearchField::Name => terms.site(&lookup::sites(tx, "name", name)?),
            SearchField::Target => terms.site(&lookup::sites(tx, "target", name)?),
            SearchField::Kind => terms.traits(&lookup::traits(tx, "kind", word)?),
            SearchField::Reason => terms.traits(&lookup::traits(tx, "unattributed", word)?),
            SearchField::Failed => {
                let failed = "iif(failed, 'true', 'false')";
                terms.traits(&lookup::traits(tx, failed, word)?)
            }
            SearchField::Source => {
                let traits = lookup::traits(tx, "user_source", word)?;
                terms.source(&traits, word(Some(whose::Source::Late.as_str())))
            }
            SearchField::User => match test {
                ValueTest::Is(id) => terms.user(&lookup::users(tx, id)?),
                ValueTest::Present => Terms::any_user(),
                _ => {
                    self.users.push(check(UserSubject::Name, test, is_negated));
                    return Ok(());
                }
            },
            SearchField::Session => match (test, self.session) {
                (ValueTest::Is(_), Some(session)) if !is_negated => terms.session_id(session),
                _ => terms.session(test),
            },
            SearchField::Conversation => terms.conversation(test),
            SearchField::Actor => terms.actor(test),
            SearchField::Model => terms.model(&lookup::models(tx, "model", name)?),
            SearchField::Provider => terms.model(&lookup::models(tx, "provider", name)?),
            SearchField::Agent => terms.call_text("agent", test),
            SearchField::Tool => terms.call_text("tool", test),
            SearchField::Tokens => terms.tokens(test),
            SearchField::Duration => terms.duration(test),
            SearchField::Fingerprint => terms.fingerprint(test),
            SearchField::Trace => terms.trace(test),
            SearchField::Service | SearchField::Tag(_) => {
                let subject = match field {
                    SearchField::Tag(key) => ScopeSubject::Tag(key.clone()),
                    _ => ScopeSubject::Service,
                };
                self.scopes.push(check(subject, test, is_negated));
                return Ok(());
            }
            SearchField::UserAttribute(key) => {
                let subject = UserSubject::Attribute(key.clone());
                self.users.push(check(subject, test, is_negated));
                return Ok(());
            }
            SearchField::Field(key) => {
                self.fields.push(check(key.clone(), test, is_negated));
                return Ok(());
            }
            SearchField::Cost => {
                self.costs.push(check((), test, is_negated));
                return Ok(());
            }
        };
        terms.push(&sql, is_negated);
        Ok(())
    }

    /// Uses a condition to find an index. A negated condition excludes few records.
    fn narrow(
        &mut self,
        tx: &Transaction<'_>,
        field: &SearchField,
        test: &ValueTest,
        is_negated: bool,
    ) -> rusqlite::Result<()> {
        if is_negated {
            return Ok(());
        }
        match (field, test) {
            (SearchField::User, ValueTest::Is(id)) => match *lookup::users(tx, id)? {
                [] => self.is_impossible = true,
                [user] => self.user = Some(user),
                _ => {}
            },
            (SearchField::Session, ValueTest::Is(id)) => match lookup::session(tx, id)? {
                Some(session) => self.session = Some(session),
                None => self.is_impossible = true,
            },
            (SearchField::Conversation, ValueTest::Is(id)) => {
                self.is_impossible |= !lookup::has_conversation(tx, id)?;
            }
            (SearchField::Fingerprint, ValueTest::Is(digits)) => {
                self.fingerprint = parse_hex(digits);
            }
            (SearchField::Name, ValueTest::Is(name)) => self.words.imply("name", name),
            (SearchField::Field(_), ValueTest::Is(value)) => {
                // The text of a number, or of another value that is not in the index.
                if serde_json::from_str::<serde_json::Value>(value).is_err() {
                    self.words.imply("rest", value);
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
        Ok(())
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
            false => Some((costs, ModelPrices::load(reader, tx)?)),
        };
        let driver = self.driver(tx)?;
        // The index over the texts finds only records whose texts match.
        let texts = match driver {
            Driver::Texts(_) => None,
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
        let texts = texts.filter(|texts| texts.len() <= MAX_TEXTS.unsigned_abs());
        let owner = match (self.session, self.user) {
            (Some(session), _) => Some((Column::Session, session)),
            (None, user) => user.map(|user| (Column::User, user)),
        };
        Ok(match (texts, owner) {
            (Some(texts), _) if texts.len() == 0 => Driver::Nothing,
            (Some(texts), owner) if texts.len() <= FEW_TEXTS || owner.is_none() => {
                Driver::Texts(texts)
            }
            (_, Some((column, id))) => Driver::Owner {
                id,
                sql: TrailSql::new(tx, column, id)?,
            },
            (_, None) => match self.fingerprint.take() {
                Some(bytes) => Driver::Fingerprint(bytes),
                None if self.is_call => Driver::Calls,
                None if self.is_nobody => Driver::Nobody,
                None => Driver::All,
            },
        })
    }
}

fn check<S>(subject: S, test: &ValueTest, is_negated: bool) -> Check<S> {
    Check {
        subject,
        test: test.clone(),
        is_negated,
    }
}
