//! `whose explain` states which frame set the user of a record, and where.
#![allow(clippy::unwrap_used)] // Clippy does not treat helpers as test code.

mod support;

use std::path::Path;

use support::{json, stdout, store_of, whose, wide};
use tracing::info;
use whose::{Actor, Scope};

fn explained(folder: &Path, message: &str) -> String {
    let found = json(folder, &["search", message]);
    let number = found[0]["id"].to_string();
    wide(folder, &["explain", "--record", &number])
}

/// Asserts a line with this name and this value.
fn assert_line(text: &str, name: &str, value: &str) {
    let expected = format!("{name:<13} {value}");
    assert!(
        text.lines().any(|line| line == expected),
        "no {expected}:\n{text}"
    );
}

#[test]
fn explanation_names_source_and_call_site_of_user_session_and_actor() {
    let (mut made, mut wrote, mut logged) = (0, 0, 0);
    let folder = store_of(
        |it| it,
        || {
            Scope::isolated().in_scope(|| {
                whose::set_session("s-1");
                wrote = line!() - 1;
                let scope = whose::user("alice");
                made = line!() - 1;
                let scope = scope.actor("operator").actor(Actor::agent("planner"));
                scope.in_scope(|| info!("planned"));
                info!(user.id = "carol", "explicit");
                logged = line!() - 1;
            });
            whose::anonymous().in_scope(|| info!("nobody"));
        },
    );
    let this = file!();
    let text = explained(folder.path(), "planned");
    let user = format!("alice, from scope, set at {this}:{made}");
    assert_line(&text, "user", &user);
    let session = format!("s-1, from isolation, set at {this}:{wrote}");
    assert_line(&text, "session", &session);
    let actor = "planner (agent), who acts for operator (user), from scope";
    assert_line(&text, "actor", actor);
    assert!(text.starts_with("record        "), "{text}");

    let text = explained(folder.path(), "explicit");
    let user = format!("carol, from explicit, set at {this}:{logged}");
    assert_line(&text, "user", &user);
    let text = explained(folder.path(), "nobody");
    assert!(text.contains("none: anonymous, set at"), "{text}");
    assert_line(
        &text,
        "advice",
        whose::UnattributedReason::Anonymous.advice(),
    );
}

#[test]
fn explanation_fits_80_columns_unless_wide() {
    let folder = store_of(|it| it, || info!("nobody"));
    let narrow = stdout(folder.path(), &["explain", "--record", "1"]);
    assert!(
        narrow.lines().all(|line| line.chars().count() <= 80),
        "{narrow}"
    );
    let wide = wide(folder.path(), &["explain", "--record", "1"]);
    assert_line(&wide, "advice", whose::UnattributedReason::NoScope.advice());
    let words = |text: &str| {
        text.split_whitespace()
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    assert_eq!(words(&narrow), words(&wide));
}

#[test]
fn explanation_of_late_user_keeps_the_reason() {
    let folder = store_of(
        |it| it,
        || {
            Scope::isolated().in_scope(|| {
                info!("early");
                whose::set_user("alice");
            });
        },
    );
    let text = explained(folder.path(), "early");
    let user =
        "alice, from late: set later in the same isolated scope; when the record was made: unset";
    assert_line(&text, "user", user);
}

#[test]
fn wide_trail_lists_the_numbers_of_records() {
    let folder = support::folder();
    let trail = wide(folder.path(), &["audit", "--user", "alice"]);
    assert!(trail.starts_with("record"), "{trail}");
    let narrow = stdout(folder.path(), &["audit", "--user", "alice"]);
    assert!(narrow.starts_with("time"), "{narrow}");
}

#[test]
fn unknown_record_exits_with_1_and_states_where_numbers_are() {
    let folder = support::folder();
    let output = whose(folder.path(), &["explain", "--record", "4711"]);
    assert_eq!(output.status.code(), Some(1));
    let error = String::from_utf8(output.stderr).unwrap();
    assert!(error.contains("no record 4711"), "{error}");
    assert!(error.contains("whose audit --wide"), "{error}");
}

#[test]
fn audit_of_an_actor_lists_the_records_of_every_customer() {
    let folder = store_of(
        |it| it,
        || {
            whose::user("alice")
                .actor("operator")
                .in_scope(|| info!("one"));
            whose::user("bob")
                .actor("operator")
                .in_scope(|| info!("two"));
        },
    );
    let trail = stdout(folder.path(), &["audit", "--actor", "operator"]);
    assert!(trail.contains("2 records of operator"), "{trail}");
    let output = whose(folder.path(), &["audit", "--actor", "alice"]);
    assert_eq!(output.status.code(), Some(1));
    let error = String::from_utf8(output.stderr).unwrap();
    assert!(error.contains("no actor \"alice\""), "{error}");
}

#[test]
fn explanation_of_forged_record_escapes_every_part() {
    let folder = store_of(
        |it| it,
        || {
            let scope = whose::user("alice").session("s-1");
            scope
                .actor("operator")
                .in_scope(|| info!("forged explanation"));
        },
    );
    rusqlite::Connection::open(folder.path().join("whose.db"))
        .unwrap()
        .execute_batch(
            "UPDATE actors SET source = source || char(27),
               chain = json_array(json_object('id', 'operator' || char(27), 'kind', 'user' || char(27)));
             UPDATE traits SET user_source = user_source || char(27),
               unattributed = 'unset' || char(27), user_site = user_site || char(27);
             UPDATE sites SET type = type || char(27)",
        )
        .unwrap();
    let number = json(folder.path(), &["audit", "--user", "alice"])[0]["id"].to_string();
    let text = stdout(folder.path(), &["explain", "--record", &number]);
    assert!(text.contains("operator"), "{text}");
    assert!(!text.contains('\u{1b}'), "{text:?}");
}

#[test]
fn explanation_of_one_record_refuses_a_time_range() {
    let folder = support::folder();
    let output = whose(
        folder.path(),
        &["explain", "--record", "1", "--since", "2h"],
    );
    assert_eq!(output.status.code(), Some(2));
    let error = String::from_utf8(output.stderr).unwrap();
    assert!(
        error.contains("`whose explain` takes no --since"),
        "{error}"
    );
}
