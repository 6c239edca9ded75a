//! A sink that keeps its records.

use std::sync::{Arc, Mutex, PoisonError};

use whose::{Record, RecordSink};

/// Keeps the records of the layers that the sink and its clones are part of.
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

    /// The one record.
    ///
    /// # Panics
    /// If there are none, or several.
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
