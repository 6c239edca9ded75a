//! `set_user`, `clear_user` and `set_anonymous`.

use tracing::{info, info_span};
use whose::User;
use whose::testing::{Recorder, isolate_global};

use crate::{alice, captured, refused};

#[test]
fn set_user_with_every_and_custom_fields() {
    let rec = Recorder::start();
    whose::set_user(
        alice()
            .with_username("alice")
            .with_full_name("Alice Liddell")
            .with_ip_address("192.0.2.1")
            .with_segment("beta")
            .with_attr("plan", "pro")
            .with_attr("seats", 3)
            .with_attr("trial", false),
    );
    info!("an event");
    info_span!("a span").in_scope(|| ());
    whose::capture_error(&refused());
    let records = rec.records();
    assert_eq!(records.len(), 3);
    for record in &records {
        let user = record.user().unwrap();
        assert_eq!(user.id(), Some("usr_1234"));
        assert_eq!(user.email(), Some("alice@example.com"));
        assert_eq!(user.username(), Some("alice"));
        assert_eq!(user.full_name(), Some("Alice Liddell"));
        assert_eq!(user.ip_address(), Some("192.0.2.1"));
        assert_eq!(user.segment(), Some("beta"));
        assert_eq!(user.attr("plan"), Some(&"pro".into()));
        assert_eq!(user.attr("seats"), Some(&3.into()));
        assert_eq!(user.attr("trial"), Some(&false.into()));
    }
}

#[test]
fn set_user_replaces_whole_user_of_scope() {
    let rec = Recorder::start();
    whose::set_user(alice());
    whose::set_user(User::new("usr_1234"));
    assert_eq!(captured(&rec).user().unwrap().email(), None);
}

#[test]
fn set_user_to_none_shows_outer_user() {
    let _global = isolate_global();
    let rec = Recorder::start();
    whose::global().set_user("service");
    whose::set_user(alice());
    whose::set_user(None::<User>);
    assert_eq!(captured(&rec).user_id(), Some("service"));
}

/// Sentry has no anonymous user: its `set_user(None)` shows the user of an outer scope again, even
/// for a logout. `whose` has one call for each: `clear_user` and `set_anonymous`.
#[test]
fn anonymous_removes_inherited_user() {
    let _global = isolate_global();
    let rec = Recorder::start();
    whose::global().set_user("service");
    whose::set_user(alice());
    whose::set_anonymous();
    let error = captured(&rec);
    assert_eq!(error.user_id(), None);
    assert!(error.attribution().is_anonymous());
    whose::clear_user();
    assert_eq!(captured(&rec).user_id(), Some("service"));
}

/// Sentry's Python SDK keeps the dict of the caller, so a change after `set_user` changes the user
/// of later events. `whose` copies the user at the call.
#[test]
fn later_changes_to_value_do_not_affect_scope() {
    let rec = Recorder::start();
    let mut user = alice();
    whose::set_user(&user);
    user = user.with_email("mallory@example.com");
    let error = captured(&rec);
    assert_eq!(error.user().unwrap().email(), Some("alice@example.com"));
    assert_eq!(user.email(), Some("mallory@example.com"));
}

/// In Sentry the user of an inner scope replaces the outer user, so an inner layer that knows only
/// the id loses the email. In `whose` a user with the same id adds its fields, and a user with
/// another id replaces.
#[test]
fn inner_user_adds_fields_or_replaces_by_id() {
    let rec = Recorder::start();
    whose::set_user(alice());
    let inner = whose::user(User::new("usr_1234").with_segment("beta"));
    let same = inner.in_scope(|| captured(&rec));
    assert_eq!(same.user().unwrap().email(), Some("alice@example.com"));
    assert_eq!(same.user().unwrap().segment(), Some("beta"));
    let other = whose::user("usr_5678").in_scope(|| captured(&rec));
    assert_eq!(other.user_id(), Some("usr_5678"));
    assert_eq!(other.user().unwrap().email(), None);
}
