//! An identity field written with `?` equals the same field written with `%`: the quotes of `Debug`
//! do not create another user.

use tracing::{Span, field, info, info_span};
use whose::Limits;
use whose::testing::Recorder;

#[test]
fn identity_fields_written_with_debug_are_unquoted() {
    let rec = Recorder::start();
    let (id, odd) = ("alice".to_owned(), "a\"b\\c\u{1b}é");
    info!(user.id = ?id, session.id = ?"s-1", user.email = ?"a@x", tag.plan = ?"pro", "by debug");
    info!(user.id = ?odd, "escaped");
    info!(user.id = %"\"half", "no string");
    info!(user.id = ?7, "a number");
    let late = info_span!("late", user.id = field::Empty);
    late.record("user.id", field::debug(&id));
    drop(late);
    let events = rec.events();
    let by_debug = &events[0];
    assert_eq!(
        (
            by_debug.user_id(),
            by_debug.session_id(),
            by_debug.tag("plan")
        ),
        (Some("alice"), Some("s-1"), Some("pro"))
    );
    assert_eq!(by_debug.user().and_then(|user| user.email()), Some("a@x"));
    let ids: Vec<_> = events[1..].iter().map(|event| event.user_id()).collect();
    assert_eq!(ids, [Some(odd), Some("\"half"), Some("7")]);
    assert_eq!(rec.span("late").user_id(), Some("alice"));
}

#[test]
fn long_id_with_debug_equals_id_with_display() {
    let rec = Recorder::start();
    let id = format!("é\"{}", "x".repeat(3 * Limits::ID_BYTES));
    let span = |span: Span| drop(span);
    span(info_span!("debug", user.id = ?id));
    span(info_span!("display", user.id = %id));
    let (debug, display) = (rec.span("debug"), rec.span("display"));
    assert_eq!(debug.user_id(), display.user_id());
    assert_eq!(debug.user_id(), whose::User::new(&id).id());
}

#[test]
fn other_field_written_with_debug_keeps_quotes() {
    let rec = Recorder::start();
    info!(query = ?"select", "a field");
    assert_eq!(rec.events()[0].field("query").unwrap(), &"\"select\"");
}

/// Users whose texts differ only past the limit stay distinct.
#[test]
fn long_identity_texts_stay_distinct() {
    let email = |n: u32| format!("{}{n}@example.com", "x".repeat(300));
    let kept: std::collections::HashSet<_> = (0..10)
        .flat_map(|n| {
            let text = email(n);
            let user = whose::User::without_id()
                .with_email(&text)
                .with_username(&text)
                .with_full_name(&text);
            [user.email(), user.username(), user.full_name()].map(|text| {
                let text = text.expect("a text").to_owned();
                assert!(text.len() <= Limits::ID_BYTES && text.starts_with("xxx"));
                text
            })
        })
        .collect();
    assert_eq!(kept.len(), 10);
}
