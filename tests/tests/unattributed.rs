//! A record without a user carries a reason.

use tracing::subscriber::DefaultGuard;
use tracing::{info, info_span};
use tracing_subscriber::prelude::*;
use whose::testing::{Recorder, isolate_global};
use whose::{Scope, ScopeExt as _, Source, UnattributedReason, User};
use whose_tests::memory_sink::MemorySink;

/// A subscriber without a `Recorder`, which would open an isolated scope.
fn subscriber() -> (MemorySink, DefaultGuard) {
    let kept = MemorySink::default();
    let layer = whose::layer().with_sink(kept.clone());
    let guard = tracing_subscriber::registry().with(layer).set_default();
    (kept, guard)
}

/// Asserts this reason for the current attribution and for new records of every type.
#[track_caller]
fn assert_reason(expected: UnattributedReason) {
    let (kept, _subscriber) = subscriber();
    assert_eq!(whose::current().unattributed(), Some(expected));
    info_span!("work").in_scope(|| info!("hello"));
    whose::capture_error(&std::io::Error::other("refused"));
    whose::usage("gpt-4o-mini").input_tokens(1).record();
    let kept = kept.records();
    let reasons: Vec<_> = kept.iter().map(|record| record.unattributed()).collect();
    assert_eq!(reasons, [Some(expected); 4]);
}

#[test]
fn every_record_type_carries_every_reason() {
    assert_reason(UnattributedReason::NoScope);

    let spawned = || std::thread::spawn(|| assert_reason(UnattributedReason::NoScope)).join();
    whose::user("alice").in_scope(spawned).unwrap();

    whose::session("s-1").in_scope(|| assert_reason(UnattributedReason::NoIsolatedScope));
    Scope::isolated().in_scope(|| {
        assert_reason(UnattributedReason::Unset);
        whose::tag("a", "b").in_scope(|| assert_reason(UnattributedReason::Unset));
    });
    whose::session("s-1").in_scope(|| {
        Scope::isolated().in_scope(|| assert_reason(UnattributedReason::Unset));
    });
    whose::user("alice").in_scope(|| {
        whose::anonymous().in_scope(|| assert_reason(UnattributedReason::Anonymous));
    });

    let _global = isolate_global();
    assert_reason(UnattributedReason::NoScope);
    whose::global().set_tag("region", "eu-1");
    assert_reason(UnattributedReason::GlobalOnly);
    whose::tag("a", "b").in_scope(|| assert_reason(UnattributedReason::NoIsolatedScope));
    whose::global().remove_tag("region");
    assert_reason(UnattributedReason::NoScope);
}

#[test]
fn record_with_user_has_no_reason() {
    let rec = Recorder::start();
    let _global = isolate_global();
    whose::global().set_user("admin");
    info!("global");
    whose::set_user("alice");
    info!("isolation");
    whose::user(User::without_id().with_email("a@example.com")).in_scope(|| info!("no id"));
    info!(user.id = "bob", "explicit");
    let sources: Vec<_> = rec
        .events()
        .iter()
        .map(|event| (event.user_source(), event.unattributed()))
        .collect();
    let of = |source| (Some(source), None);
    assert_eq!(
        sources,
        [
            Source::Global,
            Source::Isolation,
            Source::Scope,
            Source::Explicit
        ]
        .map(of)
    );
}

#[test]
fn unidentified_span_has_reason_no_scope() {
    let (_, _subscriber) = subscriber();
    let span = info_span!(
        "late",
        user.id = tracing::field::Empty,
        tag.plan = tracing::field::Empty
    );
    let reason = || span.in_scope(|| whose::current().unattributed());
    assert_eq!(reason(), Some(UnattributedReason::NoScope));
    span.record("tag.plan", "pro");
    assert_eq!(reason(), Some(UnattributedReason::NoIsolatedScope));
    span.record("user.id", "alice");
    assert_eq!(reason(), None);
}

#[tokio::test]
async fn late_identification_removes_reason() {
    let rec = Recorder::start();
    let request = async {
        tracing::info!("before");
        whose::set_user("alice");
    };
    async {
        let span = info_span!("request");
        tracing::Instrument::instrument(request, span).await;
    }
    .with_current_scope()
    .await;
    assert_eq!(
        rec.events()[0].unattributed(),
        Some(UnattributedReason::Unset)
    );
    assert_eq!(rec.span("request").unattributed(), None);
}

#[test]
fn errors_and_usages_name_reporting_file() {
    let rec = Recorder::start();
    whose::capture_error(&std::io::Error::other("refused"));
    whose::usage("gpt-4o-mini").record();
    assert_eq!(rec.errors()[0].target(), file!());
    assert_eq!(rec.events()[0].target(), file!());
}
