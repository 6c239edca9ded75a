//! What a condition on a value becomes.

use rusqlite::Transaction;
use whose::Source;

use super::condition::SearchField;
use super::lookup;
use super::row_tests::{ScopeSubject, UserSubject};
use super::terms::Terms;
use super::value_test::ValueTest;

/// What a condition on a value becomes.
pub(super) enum Compiled {
    /// No record of the file fulfils the condition.
    Never,
    /// A term about the record.
    Sql(String),
    /// The record is of one of these call sites.
    Sites(Vec<i64>),
    /// The record is of this user.
    User(i64),
    /// The record is of this session.
    Session(i64),
    /// A check of the scope.
    Scope(ScopeSubject),
    /// A check of the user.
    OfUser(UserSubject),
    /// A check of the field with this key.
    Field(String),
    /// A check of the cost.
    Cost,
}

/// Compiles a condition that is not negated.
pub(super) fn compile(
    tx: &Transaction<'_>,
    terms: &mut Terms,
    field: &SearchField,
    test: &ValueTest,
) -> rusqlite::Result<Compiled> {
    let word = |value: Option<&str>| test.matches_word(value);
    let name = |value: Option<&str>| test.matches_name(value);
    Ok(match field {
        SearchField::Type => sites(lookup::sites(tx, "type", word)?),
        SearchField::Level => sites(lookup::sites(tx, "level", word)?),
        SearchField::Name => sites(lookup::sites(tx, "name", name)?),
        SearchField::Target => sites(lookup::sites(tx, "target", name)?),
        SearchField::Kind => traits(terms, &lookup::traits(tx, "kind", word)?),
        SearchField::Reason => traits(terms, &lookup::traits(tx, "unattributed", word)?),
        SearchField::Failed => {
            let failed = "iif(failed, 'true', 'false')";
            traits(terms, &lookup::traits(tx, failed, word)?)
        }
        SearchField::Source => source(tx, terms, test)?,
        SearchField::Model => models(terms, &lookup::models(tx, "model", name)?),
        SearchField::Provider => models(terms, &lookup::models(tx, "provider", name)?),
        SearchField::Agent => Compiled::Sql(terms.call_text("agent", test)),
        SearchField::Tool => Compiled::Sql(terms.call_text("tool", test)),
        SearchField::Tokens => Compiled::Sql(terms.tokens(test)),
        SearchField::Duration => Compiled::Sql(terms.duration(test)),
        SearchField::Fingerprint => Compiled::Sql(terms.fingerprint(test)),
        SearchField::Trace => Compiled::Sql(terms.trace(test)),
        SearchField::User => user(tx, terms, test)?,
        SearchField::Session => session(tx, terms, test)?,
        SearchField::Conversation => conversation(tx, terms, test)?,
        SearchField::Actor => Compiled::Sql(terms.actor(test)),
        SearchField::Service => Compiled::Scope(ScopeSubject::Service),
        SearchField::Tag(key) => Compiled::Scope(ScopeSubject::Tag(key.clone())),
        SearchField::UserAttribute(key) => Compiled::OfUser(UserSubject::Attribute(key.clone())),
        SearchField::Field(key) => Compiled::Field(key.clone()),
        SearchField::Cost => Compiled::Cost,
    })
}

fn sites(sites: Vec<i64>) -> Compiled {
    match sites.is_empty() {
        true => Compiled::Never,
        false => Compiled::Sites(sites),
    }
}

fn traits(terms: &mut Terms, traits: &[i64]) -> Compiled {
    match traits.is_empty() {
        true => Compiled::Never,
        false => Compiled::Sql(terms.traits(traits)),
    }
}

fn models(terms: &mut Terms, models: &[i64]) -> Compiled {
    match models.is_empty() {
        true => Compiled::Never,
        false => Compiled::Sql(terms.model(models)),
    }
}

/// A record before a login has the source `late`, whatever its traits state.
fn source(tx: &Transaction<'_>, terms: &mut Terms, test: &ValueTest) -> rusqlite::Result<Compiled> {
    let traits = lookup::traits(tx, "user_source", |source| test.matches_word(source))?;
    let is_late = test.matches_word(Some(Source::Late.as_str()));
    let can_be_late = is_late && lookup::has_links(tx)?;
    Ok(match traits.is_empty() && !can_be_late {
        true => Compiled::Never,
        false => Compiled::Sql(terms.source(&traits, is_late)),
    })
}

fn user(tx: &Transaction<'_>, terms: &mut Terms, test: &ValueTest) -> rusqlite::Result<Compiled> {
    Ok(match test {
        ValueTest::Is(id) => match *lookup::users(tx, id)? {
            [] => Compiled::Never,
            [user] => Compiled::User(user),
            ref users => Compiled::Sql(terms.users(users)),
        },
        ValueTest::Present => Compiled::Sql(Terms::any_user()),
        _ => Compiled::OfUser(UserSubject::Name),
    })
}

fn session(
    tx: &Transaction<'_>,
    terms: &mut Terms,
    test: &ValueTest,
) -> rusqlite::Result<Compiled> {
    Ok(match test {
        ValueTest::Is(id) => match lookup::session(tx, id)? {
            Some(session) => Compiled::Session(session),
            None => Compiled::Never,
        },
        _ => Compiled::Sql(terms.session(test)),
    })
}

fn conversation(
    tx: &Transaction<'_>,
    terms: &mut Terms,
    test: &ValueTest,
) -> rusqlite::Result<Compiled> {
    Ok(match test {
        ValueTest::Is(id) if !lookup::has_conversation(tx, id)? => Compiled::Never,
        _ => Compiled::Sql(terms.conversation(test)),
    })
}
