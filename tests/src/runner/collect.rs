use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use whose::{Breadcrumb, Record, RecordSink, RecordType};

use super::{answer, lock};
use crate::model::Answer;

/// Keeps whose each record was, by its number: that in the field `n`, or in the message of an error.
#[derive(Debug, Default)]
pub struct Collected(Mutex<BTreeMap<u64, Answer>>);

impl Collected {
    /// Takes out what was collected.
    pub fn take(&self) -> BTreeMap<u64, Answer> {
        std::mem::take(&mut *lock(&self.0))
    }
}

impl RecordSink for Collected {
    fn record(&self, record: &Arc<Record>) {
        let n = match record.record_type() {
            RecordType::Error => record.message().and_then(number),
            _ => record.field("n").and_then(whose::Value::as_u64),
        };
        let Some(n) = n else { return };
        // A breadcrumb that no program has added has no number.
        let crumb = |crumb: &Breadcrumb| number(crumb.message()).unwrap_or(u64::MAX);
        let answer = Answer {
            breadcrumbs: record.breadcrumbs().map(crumb).collect(),
            ..answer(record.attribution())
        };
        lock(&self.0).insert(n, answer);
    }
}

fn number(text: &str) -> Option<u64> {
    text.parse().ok()
}
