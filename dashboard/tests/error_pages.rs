//! The pages of errors over HTTP: by fingerprint, with the users hit.
#![allow(clippy::unwrap_used)] // Clippy does not treat helpers as test code.

mod support;

use support::server::Server;
use support::{HOSTILE, store_of};
use tempfile::TempDir;
use whose::Scope;

/// Two groups of errors: one of two users, and one of a hostile user.
fn folder() -> TempDir {
    let refused = |user: &str, order: u8| {
        whose::user(user).session(format!("s-{user}")).in_scope(|| {
            Scope::isolated().in_scope(|| {
                whose::add_breadcrumb(whose::Breadcrumb::new(format!("opened order {order}")));
                whose::flag("new_checkout", true);
                let _span = tracing::info_span!("pay").entered();
                whose::capture_message(format!("order {order} refused"));
            });
        });
    };
    let work = || {
        refused("alice", 17);
        refused("bob", 18);
        refused("alice", 19);
        whose::capture_message("order 20 refused");
        whose::user(HOSTILE).in_scope(|| whose::capture_message("<b>\u{1b}[2J"));
        whose::user("dave").in_scope(|| tracing::info!("fine"));
    };
    store_of(|layer| layer, work)
}

/// The fingerprint of the group that hit most users.
fn fingerprint(server: &Server) -> String {
    let errors = server.json("/errors.json");
    errors["groups"][0]["fingerprint"]
        .as_str()
        .unwrap()
        .to_owned()
}

#[test]
fn errors_are_listed_by_users_hit_with_their_trend() {
    let folder = folder();
    let server = Server::start(folder.path());
    let page = server.page("/errors");
    assert!(page.contains("2 kinds of errors"), "{page}");
    let (refused, hostile) = (page.find("order 20 refused"), page.find("&lt;b&gt;"));
    assert!(refused.unwrap() < hostile.unwrap(), "most users first");
    assert!(page.contains("4 in all, at most "), "{page}");
    assert!(!page.contains("<b>") && !page.contains('\u{1b}'), "{page}");
    let link = format!("/error?fingerprint={}", fingerprint(&server));
    assert!(page.contains(&link), "{page}");

    let group = &server.json("/errors.json")["groups"][0];
    assert_eq!((&group["errors"], &group["users"]), (&4.into(), &2.into()));
    let trend = group["trend"].as_array().unwrap();
    assert_eq!(trend.len(), 24);
    assert_eq!(trend.iter().filter_map(|it| it.as_u64()).sum::<u64>(), 4);
    let csv = server.page("/errors.csv");
    assert!(
        csv.lines().next().unwrap().ends_with(",fingerprint"),
        "{csv}"
    );
    assert_eq!(csv.lines().count(), 3, "{csv}");
}

#[test]
fn errors_of_one_user_and_of_an_empty_range_are_listed() {
    let folder = folder();
    let server = Server::start(folder.path());
    let page = server.page("/errors?user=bob");
    assert!(
        page.contains("of the user") && page.contains("Show all"),
        "{page}"
    );
    assert_eq!(
        server.json("/errors.json?user=bob")["groups"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
    let page = server.page("/errors?user=dave");
    assert!(page.contains("No error in this time range."), "{page}");
    assert!(server.page("/errors?until=2020-01-01").contains("No error"));
    assert_eq!(server.get("/errors?user=nobody").status, 404);
}

#[test]
fn error_has_users_hit_breadcrumbs_flags_spans_and_trace() {
    let folder = folder();
    let server = Server::start(folder.path());
    let path = format!("/error?fingerprint={}", fingerprint(&server));
    let page = server.page(&format!("{path}&until=2200-01-01"));
    for text in [
        "4 errors · 2 users · 2 sessions · 1 error without a user",
        "/person?id=alice",
        "/person?id=bob",
        "/session?id=s-alice",
        "/record?id=",
        "error_pages.rs:",
    ] {
        assert!(page.contains(text), "{text}: {page}");
    }
    // The newest error has no user; the error before has everything.
    let errors = server.json(&path.replace("/error?", "/error.json?"));
    let time = errors["records"][0]["time"].as_str().unwrap().to_owned();
    assert_eq!(errors["users_hit"][0]["user"], "alice");
    let page = server.page(&format!("{path}&until={time}"));
    for text in ["order 19 refused", "opened order 19", "new_checkout", "pay"] {
        assert!(page.contains(text), "{text}: {page}");
    }
    let trace = errors["records"][1]["trace_id"].as_str().unwrap();
    assert!(page.contains(trace), "{page}");
    let csv = server.page(&path.replace("/error?", "/error.csv?"));
    assert_eq!(csv.lines().count(), 5, "{csv}");
}

#[test]
fn unknown_and_missing_fingerprints_are_errors() {
    let folder = folder();
    let server = Server::start(folder.path());
    let answer = server.get("/error?fingerprint=00ff");
    assert_eq!(answer.status, 404);
    assert!(
        answer.body.contains("no error with the fingerprint 00ff"),
        "{}",
        answer.body
    );
    assert_eq!(server.get("/error").status, 400);
    let hostile = server.get("/error?fingerprint=%3Cscript%3E");
    assert_eq!(hostile.status, 404);
    assert!(!hostile.body.contains("<script>"), "{}", hostile.body);
}
