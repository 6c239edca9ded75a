//! Compares the records in the store with the expectations.

use std::collections::HashMap;
use std::fmt;

use serde_json::Value;
use whose::names::http::SERVER_SPAN;
use whose_store::{Queries, Query, Reader, RecordRow, StoreError};

use crate::expectations::{Expectations, Owner};

#[cfg(test)]
mod tests;

/// The parts of a stored record that the check needs.
#[derive(Clone, Debug, Default)]
pub(crate) struct RecordSummary {
    label: String,
    owner: Owner,
    /// The request id that the record itself carries.
    request: Option<String>,
    /// The id of the span, if the record is a span.
    span: Option<String>,
    parent: Option<String>,
}

impl From<RecordRow> for RecordSummary {
    fn from(row: RecordRow) -> Self {
        // The fields come from the code that made the record. A tag comes from the scope, whose owner is
        // checked here, so it counts only for the span of the request, which is made with the tag.
        let request = match row.name == SERVER_SPAN {
            true => row.tags.get("request.id").map(|id| &**id),
            false => row.fields.get("request.id").and_then(|id| id.as_str()),
        };
        let label = match (row.record_type.as_str(), row.message) {
            ("event", Some(message)) => message,
            _ => row.name,
        };
        Self {
            label,
            request: request.map(str::to_owned),
            owner: Owner {
                user: row.user,
                session: row.session,
                conversation: row.conversation,
                operator: operator(&row.actors),
            },
            span: row.span_id.filter(|_| row.record_type == "span"),
            parent: row.parent_id,
        }
    }
}

/// The person in a chain of actors. The agents in front of the person are not checked.
fn operator(actors: &[Value]) -> Option<String> {
    let person = actors.iter().find(|actor| actor["kind"] == "user");
    person?["id"].as_str().map(str::to_owned)
}

/// Loads every record that has a user or a session, and counts the others.
pub(crate) fn load(reader: &Reader) -> Result<(Vec<RecordSummary>, u64), StoreError> {
    let all = Query::all();
    let mut records = Vec::new();
    for session in reader.sessions(None, &all)? {
        for record in reader.session_records(&session?.id, &all)? {
            records.push(RecordSummary::from(record?));
        }
    }
    for user in reader.users(&all)? {
        let Some(id) = user?.id else { continue };
        for record in reader.audit(&id, &all)? {
            let record = record?;
            if record.session.is_none() {
                records.push(RecordSummary::from(record));
            }
        }
    }
    let all = reader.totals(&all)?.counts.records();
    let neither = all.saturating_sub(records.len() as u64);
    Ok((records, neither))
}

/// The result of the check.
#[derive(Debug, Default)]
pub(crate) struct Verdict {
    /// Records with the expected owner.
    pub(crate) right: u64,
    /// Right records that are expected to have no user.
    pub(crate) without_user: u64,
    /// Right records of an operator who acted for a customer.
    pub(crate) acted_for: u64,
    /// Records with another owner than expected.
    pub(crate) wrong: Vec<Problem>,
    /// The difference between the expected and the stored number of records.
    pub(crate) missing_count: u64,
    /// The labels with such a difference.
    pub(crate) missing: Vec<Problem>,
}

impl Verdict {
    /// Whether there were records, and none is wrong or missing.
    pub(crate) fn is_good(&self) -> bool {
        self.right > 0 && self.wrong.is_empty() && self.missing_count == 0
    }
}

/// A record, or a number of records, that differs from the expectation.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Problem {
    request: String,
    label: String,
    description: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            request,
            label,
            description,
        } = self;
        write!(f, "request {request}, {label:?}: {description}")
    }
}

/// Compares each record with its request, and counts the records of each request.
pub(crate) fn check(records: &[RecordSummary], expectations: &Expectations) -> Verdict {
    let spans = records
        .iter()
        .filter_map(|record| Some((record.span.as_deref()?, record)))
        .collect();
    let mut verdict = Verdict::default();
    let mut counts: HashMap<(&str, &str), usize> = HashMap::new();
    for record in records {
        let enclosing = enclosing_request(record, &spans);
        let request = record.request.as_deref().or(enclosing);
        match find_problem(record, request, enclosing, expectations) {
            Some(description) => verdict.wrong.push(Problem {
                request: request.unwrap_or("unknown").to_owned(),
                label: record.label.clone(),
                description,
            }),
            None => {
                verdict.right += 1;
                verdict.without_user += u64::from(record.owner.user.is_none());
                let Owner { user, operator, .. } = &record.owner;
                verdict.acted_for += u64::from(user.is_some() && operator.is_some());
            }
        }
        if let Some(request) = request {
            *counts.entry((request, &record.label)).or_default() += 1;
        }
    }
    for (id, request) in expectations {
        for expected in &request.expected {
            let count = counts.get(&(id.as_str(), expected.label));
            let count = count.copied().unwrap_or_default();
            if count != expected.count {
                verdict.missing_count += count.abs_diff(expected.count) as u64;
                verdict.missing.push(Problem {
                    request: id.clone(),
                    label: expected.label.to_owned(),
                    description: format!("{count} of {} in the store", expected.count),
                });
            }
        }
    }
    verdict
}

type Spans<'a> = HashMap<&'a str, &'a RecordSummary>;

/// The request id of the nearest enclosing span that has one.
fn enclosing_request<'a>(record: &'a RecordSummary, spans: &Spans<'a>) -> Option<&'a str> {
    let parent = |record: &'a RecordSummary| spans.get(record.parent.as_deref()?).copied();
    std::iter::successors(parent(record), |span| parent(span))
        .find_map(|span| span.request.as_deref())
}

/// Describes what is wrong with a record, if anything. A record without a request id, such as the
/// usage of a model, belongs to the enclosing request.
fn find_problem(
    record: &RecordSummary,
    request: Option<&str>,
    enclosing: Option<&str>,
    expectations: &Expectations,
) -> Option<String> {
    if let Some(enclosing) = enclosing.filter(|enclosing| Some(*enclosing) != request) {
        return Some(format!("is inside a span of request {enclosing}"));
    }
    let Some(request) = request.and_then(|request| expectations.get(request)) else {
        return Some(format!(
            "has {}, but belongs to no request",
            describe(&record.owner)
        ));
    };
    let listed = request
        .expected
        .iter()
        .find(|expected| expected.label == record.label);
    let owner = listed.map_or(&request.owner, |expected| &expected.owner);
    (record.owner != *owner).then(|| {
        format!(
            "has {} instead of {}",
            describe(&record.owner),
            describe(owner)
        )
    })
}

fn describe(owner: &Owner) -> String {
    let user = owner.user.as_deref().unwrap_or("nobody");
    let session = owner.session.as_deref().unwrap_or("no session");
    let mut text = format!("{user} in {session}");
    if let Some(conversation) = &owner.conversation {
        text += &format!(", conversation {conversation}");
    }
    if let Some(operator) = &owner.operator {
        text += &format!(", for whom {operator} acts");
    }
    text
}
