//! Links attribute the records before a login and no records after a logout.

use tracing::info;
use whose::testing::Recorder;
use whose::{Record, RecordType, Scope};

fn links(rec: &Recorder) -> Vec<Record> {
    let mut records = rec.records();
    records.retain(|record| record.record_type() == RecordType::Link);
    records
}

#[test]
fn record_after_logout_is_not_linked() {
    let rec = Recorder::start();
    Scope::isolated().in_scope(|| {
        whose::set_user("alice");
        whose::clear_user();
        info!("the next visitor");
    });
    info!("catches up");
    drop(tracing::info_span!("catches up").entered());
    let events = rec.events();
    for link in links(&rec) {
        assert!(link.start() <= events[0].start(), "{link:?}");
    }
}

#[test]
fn link_with_session_is_recorded_once() {
    let rec = Recorder::start();
    Scope::isolated().in_scope(|| {
        info!("before");
        whose::set_session("s-1");
        whose::set_user("alice");
        whose::set_tag("k", "v");
        whose::set_tag("k", "v");
    });
    assert_eq!(links(&rec).len(), 1, "{:?}", links(&rec));
}

#[test]
fn link_with_session_keeps_linked_user() {
    let rec = Recorder::start();
    Scope::isolated().in_scope(|| {
        info!("before");
        whose::set_user("alice");
        whose::clear_user();
        info!("signed out");
        whose::set_user("bob");
        whose::set_session("s-bob");
    });
    for link in links(&rec) {
        assert_eq!(link.user_id(), Some("alice"), "{link:?}");
    }
}
