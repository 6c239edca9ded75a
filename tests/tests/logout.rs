//! A span keeps the user of its request after a logout, and a link attributes the records before
//! the first login.

use tracing::{info, info_span};
use whose::testing::Recorder;
use whose::{Policy, RecordType, Scope, Source, UnattributedReason, User};

#[test]
fn logout_span_has_cleared_user() {
    let rec = Recorder::start();
    Scope::isolated().in_scope(|| {
        let server = info_span!("GET /logout");
        server.in_scope(|| {
            whose::set_user(User::new("alice").with_email("a@x"));
            whose::set_session("s-1");
            whose::clear_user();
            whose::clear_session();
            info!("signed out");
        });
    });
    let span = rec.span("GET /logout");
    assert_eq!(
        (span.user_id(), span.session_id()),
        (Some("alice"), Some("s-1"))
    );
    assert_eq!(span.user_source(), Some(Source::Isolation));
    assert_eq!(span.user().and_then(|user| user.email()), Some("a@x"));
    assert_eq!(
        rec.events()[0].user_id(),
        None,
        "an event keeps its attribution"
    );
}

#[test]
fn span_takes_last_user_of_its_scope() {
    let rec = Recorder::start();
    Scope::isolated().in_scope(|| {
        let _server = info_span!("request");
        for user in ["alice", "bob"] {
            whose::set_user(user);
            whose::clear_user();
        }
    });
    assert_eq!(rec.span("request").user_id(), Some("bob"));
}

#[test]
fn span_after_logout_has_no_user() {
    let rec = Recorder::start();
    Scope::isolated().in_scope(|| {
        whose::set_user("alice");
        whose::clear_user();
        let _later = info_span!("later");
        whose::set_tag("k", "v");
    });
    assert_eq!(rec.span("later").user_id(), None);
}

#[test]
fn anonymous_span_stays_anonymous() {
    let rec = Recorder::start();
    Scope::isolated().in_scope(|| {
        let _server = info_span!("anonymous later");
        whose::set_user("alice");
        whose::set_anonymous();
    });
    Scope::isolated().in_scope(|| {
        whose::set_anonymous();
        let _span = info_span!("anonymous first");
        whose::set_user("alice");
        whose::clear_user();
    });
    for name in ["anonymous later", "anonymous first"] {
        let span = rec.span(name);
        assert_eq!(
            span.unattributed(),
            Some(UnattributedReason::Anonymous),
            "{name}"
        );
    }
}

#[test]
fn child_closing_after_identified_parent_is_identified() {
    let rec = Recorder::start();
    let parent = info_span!("parent", user.id = tracing::field::Empty);
    parent.in_scope(|| {
        let _child = info_span!("child");
        info!("before");
        parent.record("user.id", "alice");
    });
    drop(parent);
    let child = rec.span("child");
    assert_eq!(child.user_id(), Some("alice"));
    assert_eq!(child.user_source(), Some(Source::Scope));
    assert_eq!(rec.events()[0].user_id(), None);
}

#[test]
fn link_attributes_records_before_login() {
    let rec = Recorder::start();
    let scopes: Vec<_> = ["alice", "bob"]
        .into_iter()
        .map(|user| {
            Scope::isolated().in_scope(|| {
                info!("started processing request");
                let span = info_span!(parent: None, "of the library");
                drop(span);
                whose::set_user(user);
                info!("identified");
                whose::clear_user();
                info!("signed out");
                whose::set_user("carol");
            });
            let records = rec.records();
            let mut links = records.iter().rev();
            let link = links.find(|record| record.record_type() == RecordType::Link);
            let link = link.expect("a link").clone();
            assert_eq!(link.user_id(), Some(user), "the link has the first user");
            (link.scope_id(), link)
        })
        .collect();
    assert_ne!(scopes[0].0, scopes[1].0);
    let records = rec.records();
    let links = records
        .iter()
        .filter(|record| record.record_type() == RecordType::Link);
    assert_eq!(links.count(), 2);
    for (scope, link) in scopes {
        let of_scope = |record: &&whose::Record| {
            record.scope_id() == scope && record.record_type() != RecordType::Link
        };
        let of_scope: Vec<_> = records.iter().filter(of_scope).collect();
        let before: Vec<_> = of_scope
            .iter()
            .filter(|record| record.start() < link.start())
            .map(|record| record.message().unwrap_or_else(|| record.name()))
            .collect();
        assert_eq!(before, ["started processing request", "of the library"]);
        assert_eq!(
            of_scope.len(),
            3,
            "the record after the logout is in the scope, after the link"
        );
    }
}

/// The span of the library opens before the login and closes after the logout.
#[test]
fn late_link_covers_no_records_after_logout() {
    let rec = Recorder::start();
    Scope::isolated().in_scope(|| {
        let span = info_span!(parent: None, "of the library");
        whose::set_user("alice");
        whose::clear_user();
        info!("signed out");
        whose::set_user("bob");
        drop(span);
        whose::set_tag("k", "v");
    });
    let records = rec.records();
    let is_link = |record: &&whose::Record| record.record_type() == RecordType::Link;
    let link = records.iter().find(is_link).expect("a link");
    assert_eq!(link.user_id(), Some("alice"), "the link has the first user");
    let before: Vec<_> = records
        .iter()
        .filter(|record| record.start() < link.start())
        .map(|record| record.name())
        .collect();
    assert_eq!(before, ["of the library"]);
}

#[test]
fn scope_with_attributed_records_needs_no_link() {
    let rec = Recorder::start();
    Scope::isolated().in_scope(|| {
        assert_eq!(whose::current().user_id(), None, "a read makes no record");
        whose::set_user("alice");
        info!("of alice");
    });
    Scope::isolated().in_scope(|| {
        whose::user("bob").in_scope(|| info!("of bob, by a fixed scope"));
        whose::set_user("bob");
    });
    let records = rec.records();
    assert!(
        records
            .iter()
            .all(|record| record.record_type() == RecordType::Event)
    );
    assert!(records.iter().all(|record| record.scope_id().is_none()));
}

#[test]
fn link_obeys_policy() {
    let key = whose::PolicyKey::new("k1", [7; 32]).expect("a key");
    let layer = whose::layer()
        .with_policy(Policy::ids_only().pseudonymise("user.id", &key))
        .unwrap();
    let subscriber =
        tracing_subscriber::layer::SubscriberExt::with(tracing_subscriber::registry(), layer);
    tracing::subscriber::with_default(subscriber, || {
        let rec = Recorder::start();
        info!("before");
        whose::set_user(User::new("alice").with_email("a@x"));
        let records = rec.records();
        let link = records.last().expect("a link");
        assert_eq!(link.record_type(), RecordType::Link);
        assert_eq!(link.user_id(), None);
        assert!(link.user_hash().is_some_and(|hash| hash.starts_with("k1:")));
        assert_eq!(link.user().and_then(|user| user.email()), None);
    });
}
