//! The link of a scope has the session that was set right after the user.

use tracing::info;
use whose::testing::Recorder;
use whose::{RecordType, Scope};

#[test]
fn link_has_session_that_was_set_after_the_user() {
    let rec = Recorder::start();
    Scope::isolated().in_scope(|| {
        info!("started processing request");
        whose::set_user("alice");
        whose::set_session("s-1");
    });
    let records = rec.records();
    let link = records
        .iter()
        .find(|record| record.record_type() == RecordType::Link)
        .expect("a link");
    assert_eq!(link.user_id(), Some("alice"));
    assert_eq!(link.session_id(), Some("s-1"));
}
