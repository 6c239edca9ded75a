//! The links of a scope carry the session that is set right after the user.

use tracing::info;
use whose::testing::Recorder;
use whose::{Record, RecordType, Scope};

#[test]
fn second_link_has_session_set_after_user() {
    let rec = Recorder::start();
    Scope::isolated().in_scope(|| {
        info!("started processing request");
        whose::set_user("alice");
        whose::set_session("s-1");
    });
    let records = rec.records();
    let is_link = |record: &&Record| record.record_type() == RecordType::Link;
    let links: Vec<_> = records
        .iter()
        .filter(is_link)
        .map(|link| (link.scope_id(), link.user_id(), link.session_id()))
        .collect();
    let scope = records[0].scope_id();
    assert_eq!(
        links,
        [
            (scope, Some("alice"), None),
            (scope, Some("alice"), Some("s-1"))
        ]
    );
}
