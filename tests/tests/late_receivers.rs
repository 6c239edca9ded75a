//! A span that was opened before anything received records. The file is a process of its own: a recorder
//! of another test would receive records.

use std::time::{Duration, SystemTime};

use tracing::{info, info_span};
use tracing_subscriber::prelude::*;
use whose::testing::Recorder;

#[test]
fn span_opened_before_the_first_receiver_has_its_time_and_is_the_root_of_its_trace() {
    let subscriber = tracing_subscriber::registry().with(whose::layer());
    tracing::subscriber::with_default(subscriber, || {
        let before = SystemTime::now();
        let outer = whose::user("alice").in_scope(|| info_span!("outer"));
        std::thread::sleep(Duration::from_millis(20));
        let between = SystemTime::now();
        let rec = Recorder::global();
        outer.in_scope(|| {
            info!("event");
            info_span!("inner").in_scope(|| ());
        });
        drop(outer);
        let (outer, inner, event) = (rec.span("outer"), rec.span("inner"), &rec.events()[0]);
        assert_eq!(outer.user_id(), Some("alice"));
        // The clock of the records differs from that of the system by up to a millisecond.
        let tolerance = Duration::from_millis(2);
        assert!(outer.start() + tolerance >= before && outer.start() < between);
        assert!(outer.duration() >= Some(Duration::from_millis(19)));
        assert!(outer.trace_id().is_some() && outer.span_id().is_some());
        assert_eq!(outer.parent_id(), None);
        for inside in [&inner, event] {
            assert_eq!(inside.trace_id(), outer.trace_id());
            assert_eq!(inside.parent_id(), outer.span_id());
        }
    });
}
