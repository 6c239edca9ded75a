//! The sinks of a layer: a list that only grows, so that a record finds them without a lock.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

use crate::record::RecordSink;

#[derive(Default)]
pub(crate) struct SinkList(OnceLock<Box<Entry>>);

struct Entry {
    sink: Arc<dyn RecordSink>,
    is_removed: AtomicBool,
    next: SinkList,
}

impl SinkList {
    pub(crate) fn add(&self, sink: Arc<dyn RecordSink>) {
        let mut entry = Box::new(Entry {
            sink,
            is_removed: AtomicBool::new(false),
            next: Self::default(),
        });
        let mut end = self;
        loop {
            while let Some(last) = end.0.get() {
                end = &last.next;
            }
            // Somebody else may have been faster.
            match end.0.set(entry) {
                Ok(()) => return,
                Err(back) => entry = back,
            }
        }
    }

    /// Gives the sink no more records. It is dropped with the layer.
    pub(crate) fn remove(&self, sink: &Arc<dyn RecordSink>) {
        for entry in self.entries() {
            if Arc::ptr_eq(&entry.sink, sink) {
                entry.is_removed.store(true, Ordering::Release);
            }
        }
    }

    #[inline]
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Arc<dyn RecordSink>> {
        let live = |entry: &&Entry| !entry.is_removed.load(Ordering::Acquire);
        self.entries().filter(live).map(|entry| &entry.sink)
    }

    #[inline]
    fn entries(&self) -> impl Iterator<Item = &Entry> {
        let first = self.0.get();
        std::iter::successors(first, |entry| entry.next.0.get()).map(|entry| &**entry)
    }
}

/// As many as there are, one by one.
impl Drop for SinkList {
    fn drop(&mut self) {
        let mut next = self.0.take();
        while let Some(mut entry) = next {
            next = entry.next.0.take();
        }
    }
}
