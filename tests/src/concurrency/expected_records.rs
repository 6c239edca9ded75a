use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use whose::{Record, RecordSink, RecordType, Value};

/// Compares the user and session of each record with the expectation that the record carries.
#[derive(Debug, Default)]
pub struct ExpectedRecords(Mutex<BTreeMap<String, RecordCounts>>);

/// The counts of the records of one workload.
#[derive(Clone, Debug, Default)]
pub struct RecordCounts {
    /// The number of records with an unexpected user or session.
    pub wrong: usize,
    /// The first wrong records.
    pub examples: Vec<String>,
    /// The number of right records, by origin.
    pub right: BTreeMap<String, usize>,
}

impl ExpectedRecords {
    /// The counts of the workload with this name.
    pub fn counts(&self, workload: &str) -> RecordCounts {
        self.lock().get(workload).cloned().unwrap_or_default()
    }

    /// The names of all workloads. Records without an expectation are under `""`.
    pub fn workloads(&self) -> Vec<String> {
        self.lock().keys().cloned().collect()
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, RecordCounts>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl RecordSink for ExpectedRecords {
    fn record(&self, record: &std::sync::Arc<Record>) {
        // A link describes other records and has no `expected` field.
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
                "{}: expected {expected:?}, found {user}|{session}",
                origin(record)
            ));
        }
    }
}

/// The expectation that a record carries. Errors and model usage have no custom fields.
fn expected(record: &Record) -> Option<&str> {
    let field = ["expected", "gen_ai.request.model"]
        .into_iter()
        .find_map(|name| record.field(name).and_then(Value::as_str));
    match record.record_type() {
        RecordType::Error => record.message(),
        _ => field,
    }
}

/// The origin of a record: `span step`, `event cancelled`, `error`.
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
