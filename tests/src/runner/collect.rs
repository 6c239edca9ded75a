use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use whose::{Record, RecordSink};

use super::{answer, lock};
use crate::model::Answer;

/// Keeps whose each record was, by the number in its field `n`.
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
        let Some(n) = record.field("n").and_then(whose::Value::as_u64) else {
            return;
        };
        lock(&self.0).insert(n, answer(record.attribution()));
    }
}
