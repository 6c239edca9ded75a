//! Ids stay themselves, and never become one another.

use whose::{Limits, SessionId, User, UserId};

#[test]
fn an_over_long_id_never_equals_another_over_long_id() {
    let head = "x".repeat(100_000);
    let ids: Vec<_> = (0..1_000).map(|n| format!("{head}{n}")).collect();
    let kept: std::collections::HashSet<_> = ids
        .iter()
        .map(|id| User::new(id).id().unwrap().to_owned())
        .collect();
    assert_eq!(kept.len(), ids.len());
    assert!(kept.iter().all(|id| id.len() <= Limits::ID_BYTES));
    assert_eq!(
        User::new(&ids[7]),
        User::new(&ids[7]),
        "the same id stays the same"
    );
}

#[test]
fn an_over_long_id_is_the_same_in_every_release() {
    // Stored records rely on it.
    assert_eq!(
        User::new("x".repeat(300)).id().unwrap(),
        format!("{}~24b2c12f58fe47ee37b2eff119d72c8c", "x".repeat(223)),
    );
}

#[test]
fn an_id_at_the_limit_is_kept_as_it_is() {
    let id = "é".repeat(Limits::ID_BYTES / 2);
    assert_eq!(UserId::new(&id).unwrap().as_str(), id);
}

#[test]
fn an_over_long_id_of_wide_characters_is_cut_between_them() {
    for pad in 0..4 {
        let id = "a".repeat(pad) + &"🦀".repeat(200);
        assert!(UserId::new(&id).unwrap().as_str().len() <= Limits::ID_BYTES);
    }
}

#[test]
fn an_empty_id_says_nothing() {
    assert!(UserId::new("").is_none());
    assert!(SessionId::new(None::<&str>).is_none());
    whose::user("alice").session("s").in_scope(|| {
        whose::user("").session("").in_scope(|| {
            assert_eq!(whose::current().user_id(), Some("alice"));
            assert_eq!(whose::current().session_id(), Some("s"));
        });
    });
}

#[test]
fn uuid_with_the_feature_uuid_is_the_id_of_a_user_and_of_a_session() {
    let id = uuid::Uuid::from_u128(7);
    let text = "00000000-0000-0000-0000-000000000007";
    whose::user(id).session(id).in_scope(|| {
        assert_eq!(whose::current().user_id(), Some(text));
        assert_eq!(whose::current().session_id(), Some(text));
    });
}

#[test]
fn control_characters_are_kept() {
    let id = "a\0b\u{1b}[31m\u{202e}c";
    whose::user(id).in_scope(|| assert_eq!(whose::current().user_id(), Some(id)));
}

#[test]
fn typed_errors_say_what_is_wrong_with_an_id() {
    assert_eq!(UserId::try_new("").unwrap_err(), whose::IdError::Empty);
    let error = User::try_new("x".repeat(257)).unwrap_err();
    assert_eq!(error, whose::IdError::TooLong { bytes: 257 });
    assert!(error.to_string().contains("at most 256"), "{error}");
}

#[test]
fn debug_of_a_user_shows_no_more_than_the_id() {
    let user = User::new("u-1")
        .with_email("secret@example.com")
        .with_attr("plan", "hidden");
    let scope = whose::user(&user);
    let shown = format!("{user:?} {user:#?} {scope:?} {:?}", whose::current());
    assert!(shown.contains("u-1"));
    assert!(
        !shown.contains("secret") && !shown.contains("hidden"),
        "{shown}"
    );
}
