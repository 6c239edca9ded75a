//! The replay of sessions and traces, and the page of a record, of a real server and a real file.
#![allow(clippy::unwrap_used)] // Clippy does not treat helpers as test code.

mod support;

use rusqlite::Connection;
use support::server::Server;
use support::store_of;
use tempfile::TempDir;
use tracing::{info, info_span};
use whose::{Breadcrumb, Scope};

/// An error with a cause.
#[derive(Debug)]
struct NotFound(std::io::Error);

impl std::fmt::Display for NotFound {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("no such order")
    }
}

impl std::error::Error for NotFound {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.0)
    }
}

/// A request with an agent, a tool and an error, of `alice` in the session `s-1`.
fn request() -> TempDir {
    store_of(
        |layer| layer,
        || {
            let scope = Scope::isolated().user("alice").session("s-1");
            scope.actor("operator").in_scope(|| {
                let _request = info_span!("request", path = "/orders").entered();
                info!("asks");
                info_span!("look_up").in_scope(|| {
                    whose::add_breadcrumb(Breadcrumb::new("opened the cart"));
                    whose::flag("new-cart", true);
                    info!("inside");
                    whose::capture_error(&NotFound(std::io::Error::other("the disk is gone")));
                });
            });
        },
    )
}

/// The rows of the waterfalls, in the order of the page.
fn rows(page: &str) -> Vec<&str> {
    page.split("<tr class=\"record").skip(1).collect()
}

fn attribute<'a>(row: &'a str, name: &str) -> Option<&'a str> {
    let (_, rest) = row.split_once(&format!("{name}=\""))?;
    rest.split('"').next()
}

fn depth(row: &str) -> &str {
    let (_, rest) = row.split_once("class=\"name depth-").unwrap();
    rest.split('"').next().unwrap()
}

#[test]
fn waterfall_nests_records_and_states_user_source_and_actor() {
    let folder = request();
    let server = Server::start(folder.path());
    let page = server.page("/session?id=s-1");
    let rows = rows(&page);
    let depths: Vec<_> = rows.iter().map(|row| depth(row)).collect();
    assert_eq!(depths, ["0", "1", "1", "2", "2"]);
    let what: Vec<_> = rows.iter().map(|row| attribute(row, "data-what")).collect();
    let expected = ["request", "asks", "look_up", "inside", "no such order"];
    assert_eq!(what, expected.map(Some));
    for row in &rows {
        assert_eq!(attribute(row, "data-user"), Some("alice"));
        assert_eq!(attribute(row, "data-actor"), Some("operator"));
        assert_eq!(attribute(row, "data-source"), Some("isolation"));
        assert!(row.contains("<rect"), "{row}");
    }
    let failed = rows.iter().filter(|row| row.contains("data-failed"));
    assert_eq!(failed.count(), 1);
    // The page states who was current without a script.
    let moment = page.split("id=\"moment\"").nth(1).unwrap();
    assert!(moment.contains("operator (user)"), "{moment}");
    assert!(page.contains(r#"<script src="/assets/replay.js" defer>"#));
    assert_eq!(server.get("/assets/replay.js").status, 200);
}

#[test]
fn link_to_a_moment_shows_the_record_that_was_current() {
    let folder = request();
    let server = Server::start(folder.path());
    let page = server.page("/session?id=s-1");
    let inside = rows(&page)[3];
    let time = attribute(inside, "data-time").unwrap();
    let page = server.page(&format!("/session?id=s-1&at={time}"));
    let current = rows(&page)
        .into_iter()
        .find(|row| row.contains("aria-current"));
    assert_eq!(attribute(current.unwrap(), "data-what"), Some("inside"));
    let moment = page.split("id=\"moment\"").nth(1).unwrap();
    assert!(moment.contains("inside"), "{moment}");
}

#[test]
fn long_trace_is_folded_and_keeps_its_failures() {
    let folder = store_of(
        |layer| layer,
        || {
            whose::user("alice").session("s-1").in_scope(|| {
                let _request = info_span!("request").entered();
                for number in 0..300 {
                    info!("m{number}");
                }
                whose::capture_message("lost");
            });
        },
    );
    let server = Server::start(folder.path());
    let page = server.page("/session?id=s-1");
    assert_eq!(rows(&page).len(), 61);
    assert!(page.contains("Unfold 241 records"), "{page}");
    let unfold = page.split("class=\"fold\"").nth(1).unwrap();
    let href = attribute(unfold, "href").unwrap().replace("&amp;", "&");
    let page = server.page(&href);
    assert_eq!(rows(&page).len(), 302);
    let fold = page.split("class=\"fold\"").nth(1).unwrap();
    let href = attribute(fold, "href").unwrap().replace("&amp;", "&");
    assert_eq!(rows(&server.page(&href)).len(), 61);
}

#[test]
fn pages_of_a_session_lead_to_the_end_and_a_moment_opens_in_the_middle() {
    let folder = store_of(
        |layer| layer,
        || {
            let scope = whose::user("alice").session("s-1");
            scope.in_scope(|| (0..1_000).for_each(|number| info!("m{number}")));
        },
    );
    let server = Server::start(folder.path());
    let messages = |path: &str| -> Vec<String> {
        let page = server.json(&path.replacen('?', ".json?", 1));
        let records = page["records"].as_array().unwrap().iter();
        let message = |record: &serde_json::Value| record["message"].as_str().unwrap().to_owned();
        records.map(message).collect()
    };
    let mut path = "/session?id=s-1".to_owned();
    let mut all = messages(&path);
    loop {
        let page = server.page(&path);
        let Some((_, rest)) = page.split_once("rel=\"next\" href=\"") else {
            break;
        };
        path = rest.split('"').next().unwrap().replace("&amp;", "&");
        all.extend(messages(&path));
    }
    let expected: Vec<_> = (0..1_000).map(|number| format!("m{number}")).collect();
    assert_eq!(all, expected);

    let record = server.json("/session.json?id=s-1&show=log")["records"][399].clone();
    let at = record["time"].as_str().unwrap();
    let around = messages(&format!("/session?id=s-1&at={at}"));
    assert_eq!(around.len(), 400);
    assert_eq!((&*around[0], &*around[200]), ("m199", "m399"));
    // A session of any length is read by its index and a key.
    let statements = server.page(&format!("/session.sql?id=s-1&at={at}"));
    assert!(!statements.contains("OFFSET"), "{statements}");
    assert!(
        statements.contains("INDEXED BY records_session"),
        "{statements}"
    );
}

#[test]
fn text_of_a_record_has_what_is_inside_and_nothing_else() {
    let folder = request();
    let server = Server::start(folder.path());
    let page = server.page("/session?id=s-1");
    let look_up = attribute(rows(&page)[2], "data-record").unwrap();
    let text = server.get(&format!("/record.txt?id={look_up}"));
    assert_eq!(text.content_type, "text/plain; charset=utf-8");
    let lines: Vec<_> = text.body.lines().collect();
    assert!(lines[0].starts_with("- ") && lines[0].contains("[span] look_up"));
    assert!(text.body.contains("\n  - ") && text.body.contains("[log] inside"));
    assert!(
        text.body.contains("[error] FAILED no such order"),
        "{}",
        text.body
    );
    assert!(!text.body.contains("asks"), "{}", text.body);
    let whole = server.page("/session.txt?id=s-1");
    assert!(whole.starts_with("session s-1\n"), "{whole}");
    assert!(
        whole.contains("\n    - ") && whole.contains("asks"),
        "{whole}"
    );
    assert!(
        whole.contains("user alice, from isolation, set at"),
        "{whole}"
    );
}

#[test]
fn trace_of_a_record_holds_records_of_every_user() {
    let folder = store_of(
        |layer| layer,
        || {
            let _batch = info_span!("batch").entered();
            whose::user("alice").in_scope(|| info!("first"));
            whose::user("bob").in_scope(|| info!("second"));
        },
    );
    let server = Server::start(folder.path());
    let page = server.page("/record?id=1");
    let href = page
        .split("href=\"")
        .find(|rest| rest.starts_with("/trace?"));
    let href = href
        .unwrap()
        .split('"')
        .next()
        .unwrap()
        .replace("&amp;", "&");
    let trace = server.page(&href);
    let users: Vec<_> = rows(&trace)
        .into_iter()
        .map(|row| attribute(row, "data-user"))
        .collect();
    assert_eq!(users, [None, Some("alice"), Some("bob")]);
    let text = server.page(&href.replacen('?', ".txt?", 1));
    assert!(
        text.contains("[span] batch") && text.contains("second"),
        "{text}"
    );
}

#[test]
fn page_of_a_record_shows_all_of_its_parts() {
    let folder = request();
    let server = Server::start(folder.path());
    let page = server.page("/session?id=s-1");
    let id = |row: usize| {
        attribute(rows(&page)[row], "data-record")
            .unwrap()
            .to_owned()
    };
    let error = server.page(&format!("/record?id={}", id(4)));
    for part in [
        "Why this user",
        "alice, from isolation, set at",
        "the disk is gone",
        "Causes",
        "opened the cart",
        "new-cart",
        "Inside of",
        "look_up",
        "Raw JSON",
        "NotFound",
        "no such order",
    ] {
        assert!(error.contains(part), "no {part}: {error}");
    }
    let span = server.page(&format!("/record?id={}", id(0)));
    for part in ["Contains", "asks", "look_up", "/orders", "operator"] {
        assert!(span.contains(part), "no {part}: {span}");
    }
    assert!(!span.contains("Inside of"), "{span}");
    let json = server.json(&format!("/record.json?id={}", id(2)));
    assert_eq!(json["parent"]["id"].to_string(), id(0));
    let inside: Vec<_> = json["inside"].as_array().unwrap().iter().collect();
    assert_eq!(inside.len(), 2);
}

#[test]
fn model_call_shows_its_tokens_and_its_cost() {
    let folder = store_of(
        |layer| layer,
        || {
            whose::user("alice").in_scope(|| {
                whose::usage("gpt-4o")
                    .input_tokens(1_000_000)
                    .output_tokens(1_234)
                    .record();
            });
        },
    );
    let page = Server::start(folder.path()).page("/record?id=1");
    assert!(
        page.contains("Model call") && page.contains("1,234"),
        "{page}"
    );
    assert!(page.contains("$2.51234"), "{page}");
}

#[test]
fn session_without_records_in_the_range_says_so() {
    let folder = request();
    let server = Server::start(folder.path());
    for path in [
        "/session?id=s-1&until=2020-01-01",
        "/person?id=alice&until=2020-01-01",
        "/session?id=s-1&show=score",
    ] {
        let page = server.page(path);
        assert!(page.contains("class=\"empty\""), "{path}: {page}");
    }
}

#[test]
fn spans_that_a_forged_file_puts_around_each_other_are_all_shown() {
    let folder = request();
    Connection::open(folder.path().join("whose.db"))
        .unwrap()
        .execute_batch(
            "UPDATE records SET parent = (SELECT span FROM records r JOIN sites s ON s.id = r.site
               WHERE s.name = 'look_up')
             WHERE site IN (SELECT id FROM sites WHERE name = 'request')",
        )
        .unwrap();
    let server = Server::start(folder.path());
    let page = server.page("/session?id=s-1");
    assert_eq!(rows(&page).len(), 5);
    for row in rows(&page) {
        let id = attribute(row, "data-record").unwrap();
        server.page(&format!("/record?id={id}"));
        server.page(&format!("/record.txt?id={id}"));
    }
}

#[test]
fn text_of_a_span_logs_every_user_whose_records_it_has() {
    let folder = store_of(
        |layer| layer,
        || {
            let _batch = info_span!("batch").entered();
            let _step = info_span!("step").entered();
            whose::user("alice").in_scope(|| info!("first"));
        },
    );
    whose_store::AccessLog::open(folder.path().join("whose.db")).unwrap();
    let server = Server::start(folder.path());
    let batch = server.page("/record.txt?id=3");
    assert!(
        batch.contains("batch") && batch.contains("first"),
        "{batch}"
    );
    let log = server.json("/accesses.json");
    let users: Vec<_> = log["rows"].as_array().unwrap().iter().collect();
    assert_eq!(users.len(), 1, "{log}");
    assert_eq!(users[0]["user"], "alice");
}
