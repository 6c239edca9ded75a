//! A server span that opens before the request becomes anonymous has the reason `Anonymous`.

use tracing::info_span;
use whose::testing::Recorder;
use whose::{Scope, UnattributedReason};

#[test]
fn server_span_of_anonymous_request_is_anonymous() {
    let rec = Recorder::start();
    Scope::isolated().in_scope(|| {
        let _server = info_span!("request");
        whose::set_anonymous();
    });
    let span = rec.span("request");
    assert_eq!(span.unattributed(), Some(UnattributedReason::Anonymous));
}
