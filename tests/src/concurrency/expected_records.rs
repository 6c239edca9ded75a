use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use whose::{Record, RecordSink, RecordType, Value};

/// Compares whose each record is with whose it is to be, by what the record itself carries.
#[derive(Debug, Default)]
pub struct ExpectedRecords(Mutex<BTreeMap<String, RecordCounts>>);

/// The records of one crowd.
#[derive(Clone, Debug, Default)]
pub struct RecordCounts {
    /// How many records were somebody else's than they are to be.
    pub wrong: usize,
    /// The first of them.
    pub examples: Vec<String>,
    /// How many records were right, by what emitted them.
    pub right: BTreeMap<String, usize>,
}

impl ExpectedRecords {
    /// The account of the crowd of that name.
    pub fn counts(&self, workload: &str) -> RecordCounts {
        self.lock().get(workload).cloned().unwrap_or_default()
    }

    /// Whose accounts there are; what does not say whose it is to be is under `""`.
    pub fn workloads(&self) -> Vec<String> {
        self.lock().keys().cloned().collect()
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, RecordCounts>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl RecordSink for ExpectedRecords {
    fn record(&self, record: &std::sync::Arc<Record>) {
        // A link tells of other records, and has no field of ours.
        if record.record_type() == RecordType::Link {
            return;
        }
        let expected = expected(record).unwrap_or_default();
        let workload = expected.split('|').next().unwrap_or_default();
        let text = |id: Option<&str>| id.unwrap_or_default().to_owned();
        let (user, session) = (text(record.user_id()), text(record.session_id()));
        let mut counts_by_workload = self.lock();
        let counts = counts_by_workload.entry(workload.to_owned()).or_default();
        if expected == format!("{workload}|{user}|{session}") {
            *counts.right.entry(origin(record)).or_default() += 1;
            return;
        }
        counts.wrong += 1;
        if counts.examples.len() < 20 {
            counts.examples.push(format!(
                "{}: {expected:?} was to be, {user}|{session} is",
                origin(record)
            ));
        }
    }
}

/// Where a record has what it is to be: errors and usages of models have no fields of ours.
fn expected(record: &Record) -> Option<&str> {
    let field = ["expected", "gen_ai.request.model"]
        .into_iter()
        .find_map(|name| record.field(name).and_then(Value::as_str));
    match record.record_type() {
        RecordType::Error => record.message(),
        _ => field,
    }
}

/// What emitted a record: `span step`, `event cancelled`, `error`.
fn origin(record: &Record) -> String {
    let kind = record.record_type().as_str();
    let name = match record.record_type() {
        RecordType::Span => Some(record.name()),
        _ if record.model_usage().is_some() => Some("usage"),
        RecordType::Event => record.message(),
        _ => None,
    };
    match name {
        Some(name) => format!("{kind} {name}"),
        None => kind.to_owned(),
    }
}
