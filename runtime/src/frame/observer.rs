//! Sinks that receive the records of one isolated scope alone: the recorders of tests.

use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::Arc;

use crate::record::RecordSink;

/// How many observers exist. While there are none, no stack is searched for observers.
static OBSERVERS: AtomicUsize = AtomicUsize::new(0);

/// A sink for every record that is made inside an isolated scope.
#[derive(Clone)]
pub(crate) struct RecordObserver(Arc<dyn RecordSink>);

impl RecordObserver {
    pub(crate) fn new(sink: Arc<dyn RecordSink>) -> Self {
        Self(sink)
    }

    /// Counts an observer, until [`remove`](Self::remove).
    pub(crate) fn add() {
        OBSERVERS.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn remove() {
        OBSERVERS.fetch_sub(1, Ordering::Relaxed);
    }

    /// Whether any isolated scope of the process has an observer.
    #[inline]
    pub(crate) fn is_any() -> bool {
        OBSERVERS.load(Ordering::Relaxed) > 0
    }

    pub(crate) fn is_same(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }

    pub(crate) fn sink(&self) -> &dyn RecordSink {
        &*self.0
    }
}

impl fmt::Debug for RecordObserver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RecordObserver")
    }
}
