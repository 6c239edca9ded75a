//! A sink that keeps its records in memory.

use std::sync::{Arc, Mutex, PoisonError};

use whose::{Record, RecordSink};

/// Keeps the records of every layer that has the sink or a clone of the sink.
#[derive(Clone, Debug, Default)]
pub struct MemorySink(Arc<Mutex<Vec<Arc<Record>>>>);

impl MemorySink {
    /// The records so far.
    pub fn records(&self) -> Vec<Arc<Record>> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// The only record.
    ///
    /// # Panics
    /// If there is no record, or more than one.
    pub fn only(&self) -> Arc<Record> {
        let records = self.records();
        assert_eq!(records.len(), 1, "{records:?}");
        records[0].clone()
    }
}

impl RecordSink for MemorySink {
    fn record(&self, record: &Arc<Record>) {
        let mut records = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        records.push(record.clone());
    }
}
