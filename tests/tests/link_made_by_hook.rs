//! A link that a hook makes is delivered after the current record. This test runs alone in its
//! process, because any thread of the process delivers waiting links.

use tracing::info;
use tracing_subscriber::prelude::*;
use whose::testing::Recorder;
use whose::{RecordType, Scope};

#[test]
fn link_made_by_hook_is_delivered() {
    let layer = whose::layer().with_before_record(|_| {
        whose::set_user("alice");
        true
    });
    tracing::subscriber::with_default(tracing_subscriber::registry().with(layer), || {
        let rec = Recorder::start();
        Scope::isolated().in_scope(|| {
            info!("before");
            info!("after");
        });
        drop(tracing::info_span!("catches up").entered());
        let records = rec.records();
        let links = records
            .iter()
            .filter(|record| record.record_type() == RecordType::Link);
        assert_eq!(links.count(), 1, "{records:?}");
    });
}
