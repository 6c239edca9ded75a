//! Which processors there are, so that the layer prepares only what a processor reads.

use std::sync::atomic::{AtomicUsize, Ordering};

static SPANS: AtomicUsize = AtomicUsize::new(0);
static LOGS: AtomicUsize = AtomicUsize::new(0);

/// One processor, counted while it lives.
#[derive(Debug)]
pub(crate) struct Reader(&'static AtomicUsize);

impl Reader {
    pub(crate) fn of_spans() -> Self {
        SPANS.fetch_add(1, Ordering::Relaxed);
        Self(&SPANS)
    }

    pub(crate) fn of_logs() -> Self {
        LOGS.fetch_add(1, Ordering::Relaxed);
        Self(&LOGS)
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

#[inline]
pub(crate) fn has_span_processor() -> bool {
    SPANS.load(Ordering::Relaxed) > 0
}

#[inline]
pub(crate) fn has_log_processor() -> bool {
    LOGS.load(Ordering::Relaxed) > 0
}
