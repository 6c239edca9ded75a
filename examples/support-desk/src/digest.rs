//! The nightly job of the desk: a digest of the day.

use std::path::Path;

use whose_store::{Queries, Query, Reader, StoreError};

/// The name of the job.
pub(crate) const NAME: &str = "nightly-digest";

/// Counts the model calls of the day. The records of the run belong to the desk itself.
#[whose::monitor(NAME, every = "1d", max = "10m")]
pub(crate) fn write(store: &Path) -> Result<u64, StoreError> {
    let calls = Reader::open(store)?.totals(&Query::all())?.usage.calls;
    tracing::info!(calls, "digest written");
    Ok(calls)
}
