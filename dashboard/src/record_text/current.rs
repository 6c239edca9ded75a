//! The record that is current at a moment.

use whose_store::{RecordRow, Timestamp};

use super::tree::end_of;

/// The index of the record that is current at that time: the innermost span, or the last record before
/// where no span is open. The first record if none began yet.
pub(crate) fn current_at(records: &[RecordRow], time: Timestamp) -> Option<usize> {
    let open = records.iter().rposition(|record| is_open(record, time));
    open.or_else(|| records.iter().rposition(|record| record.time <= time))
        .or((!records.is_empty()).then_some(0))
}

/// Whether the record is an open span at that time, or happens at that time.
fn is_open(record: &RecordRow, time: Timestamp) -> bool {
    let ends_later = end_of(record) >= time.as_nanos() && record.duration_ns.is_some();
    record.time == time || record.time < time && ends_later
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tracing::{info, info_span};
    use tracing_subscriber::prelude::*;
    use whose::RecordSink;
    use whose_store::{Queries, Query, Reader, Store};

    use super::*;

    #[test]
    fn innermost_open_span_is_current_else_the_last_record() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("whose.db");
        let store = Store::open(&path).unwrap();
        let layer = whose::layer().with_sink(store.clone());
        tracing::subscriber::with_default(tracing_subscriber::registry().with(layer), || {
            whose::session("s").in_scope(|| {
                info_span!("outer").in_scope(|| info_span!("inner").in_scope(|| info!("event")));
                info!("last");
            });
        });
        assert!(store.flush(Duration::from_secs(60)).is_complete());
        let reader = Reader::open(&path).unwrap();
        let records = reader.session_records("s", &Query::all()).unwrap();
        let records: Vec<_> = records.map(Result::unwrap).collect();
        let name = |nanos| {
            let current = current_at(&records, Timestamp::from_nanos(nanos));
            let record = &records[current.unwrap()];
            record.message.as_deref().unwrap_or(&record.name).to_owned()
        };
        let start = |index: usize| records[index].time.as_nanos();
        assert_eq!(name(start(0)), "outer");
        assert_eq!(name(start(1)), "inner");
        assert_eq!(name(start(2)), "event");
        assert_eq!(name(end_of(&records[1])), "inner");
        assert_eq!(name(end_of(&records[0])), "outer");
        assert_eq!(name(i64::MAX), "last");
        assert_eq!(name(0), "outer");
        assert_eq!(current_at(&[], Timestamp::from_nanos(0)), None);
    }
}
