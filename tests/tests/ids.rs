//! An id is kept unchanged, or is shortened without a collision.

use whose::{Limits, SessionId, User, UserId};

#[test]
fn long_ids_stay_distinct() {
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
fn long_id_is_stable_across_releases() {
    // Stored records contain shortened ids.
    assert_eq!(
        User::new("x".repeat(300)).id().unwrap(),
        format!("{}~24b2c12f58fe47ee37b2eff119d72c8c", "x".repeat(223)),
    );
}

#[test]
fn id_at_limit_is_unchanged() {
    let id = "é".repeat(Limits::ID_BYTES / 2);
    assert_eq!(UserId::new(&id).unwrap().as_str(), id);
}

#[test]
fn long_id_is_truncated_at_char_boundary() {
    for pad in 0..4 {
        let id = "a".repeat(pad) + &"🦀".repeat(200);
        assert!(UserId::new(&id).unwrap().as_str().len() <= Limits::ID_BYTES);
    }
}

#[test]
fn empty_id_has_no_effect() {
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
fn uuid_is_user_and_session_id() {
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
fn typed_errors_explain_invalid_id() {
    assert_eq!(UserId::try_new("").unwrap_err(), whose::IdError::Empty);
    let error = User::try_new("x".repeat(257)).unwrap_err();
    assert_eq!(error, whose::IdError::TooLong { bytes: 257 });
    assert!(error.to_string().contains("at most 256"), "{error}");
}

#[test]
fn user_debug_shows_only_id() {
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
