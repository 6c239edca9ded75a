//! The pages and their twins over HTTP, of a real server and a real file.
#![allow(clippy::unwrap_used)] // Clippy does not treat helpers as test code.

mod support;

use std::fs;
use std::io::{BufRead, BufReader};

use support::server::Server;
use support::{HOSTILE, folder, record, record_into, store_of};
use tracing::info;
use whose::RecordSink;
use whose_store::Store;

const PAGES: [&str; 8] = [
    "/users",
    "/search",
    "/cost",
    "/graph",
    "/attribution",
    "/unattributed",
    "/live",
    "/health",
];

#[test]
fn first_page_is_the_list_of_users() {
    let folder = folder();
    let page = Server::start(folder.path()).page("/");
    assert!(page.contains("<h1>Users</h1>"), "{page}");
    assert!(page.contains(r#"href="/person?id=alice""#), "{page}");
}

#[test]
fn every_page_has_twins_and_lists_its_statements() {
    let folder = folder();
    let server = Server::start(folder.path());
    for page in PAGES {
        assert!(server.page(page).contains("<h1>"), "{page}");
        let json = server.get(&format!("{page}.json"));
        assert_eq!(json.content_type, "application/json", "{page}");
        let json: serde_json::Value = serde_json::from_str(&json.body).unwrap();
        assert!(json.is_object(), "{page}: {json}");
        let csv = server.get(&format!("{page}.csv"));
        assert_eq!(csv.content_type, "text/csv; charset=utf-8", "{page}");
        assert!(csv.body.ends_with("\r\n"), "{page}: {}", csv.body);
        assert!(
            server.page(&format!("{page}.sql")).contains("SELECT"),
            "{page}"
        );
    }
}

#[test]
fn every_page_of_an_empty_store_says_that_there_is_nothing() {
    let folder = tempfile::tempdir().unwrap();
    drop(Store::open(folder.path().join("whose.db")).unwrap());
    let server = Server::start(folder.path());
    for (page, text) in [
        ("/users", "No user has a record"),
        ("/search", "No record fulfils every condition"),
        ("/cost", "No model call is recorded"),
        ("/graph", "No agent, tool or model was called"),
        ("/attribution", "No record is in this time range"),
        ("/unattributed", "Every record has a user"),
        ("/live", "No record yet"),
        ("/health", "No record was lost"),
    ] {
        assert!(server.page(page).contains(text), "{page}");
    }
}

#[test]
fn hostile_ids_are_text_in_page_and_twins() {
    let hostile = [
        "<script>alert(1)</script>",
        "'; drop table",
        "../..",
        "=cmd|' /c",
        HOSTILE,
    ];
    let folder = store_of(
        |layer| layer,
        || {
            for id in hostile {
                whose::user(id).in_scope(|| info!("{id}"));
            }
        },
    );
    let server = Server::start(folder.path());
    let page = server.page("/users");
    assert!(
        page.contains("&lt;script&gt;alert(1)&lt;/script&gt;"),
        "{page}"
    );
    assert!(!page.contains("<script>alert"), "{page}");
    assert!(!page.contains(['\u{202e}', '\u{1b}']), "{page}");
    let users = server.json("/users.json");
    let mut ids: Vec<_> = users["users"].as_array().unwrap().iter().collect();
    ids.sort_by_key(|user| user["id"].to_string());
    assert_eq!(ids.len(), hostile.len());
    let csv = server.page("/users.csv");
    assert!(csv.contains("'=cmd|"), "{csv}");
    assert!(!csv.lines().any(|line| line.starts_with('=')), "{csv}");
}

#[test]
fn time_range_limits_the_page_and_an_invalid_one_is_explained() {
    let folder = folder();
    let server = Server::start(folder.path());
    assert!(server.page("/users?since=1h").contains("alice"));
    assert!(
        server
            .page("/users?until=2020-01-01")
            .contains("No user has a record")
    );
    let invalid = server.get("/users?since=yesterday");
    assert_eq!(invalid.status, 400);
    assert!(invalid.body.contains("`since`") && invalid.body.contains("`2h`"));
    let invalid = server.get("/users.json?since=yesterday");
    assert_eq!(
        (invalid.status, invalid.content_type.as_str()),
        (400, "text/plain; charset=utf-8")
    );
}

#[test]
fn unattributed_records_are_paged_by_key() {
    let folder = store_of(
        |layer| layer,
        || (0..250).for_each(|number| info!(number, "line")),
    );
    let server = Server::start(folder.path());
    let (mut path, mut ids) = ("/unattributed.json".to_owned(), Vec::new());
    loop {
        let page = server.json(&path);
        let records = page["records"].as_array().unwrap();
        ids.extend(records.iter().map(|row| row["id"].as_i64().unwrap()));
        match page["next"].as_i64() {
            Some(after) => path = format!("/unattributed.json?after={after}"),
            None => break,
        }
    }
    assert_eq!(ids.len(), 250);
    assert!(ids.is_sorted_by(|a, b| a > b));
    let page = server.page("/unattributed");
    assert!(page.contains(r#"rel="next""#), "{page}");
}

#[test]
fn open_page_gets_the_records_that_are_written_meanwhile() {
    let folder = folder();
    let server = Server::start(folder.path());
    let newest = server.json("/live.json")["newest"].as_i64().unwrap();
    let stream = ureq::get(format!("{}/live/stream?after={newest}", server.url()));
    let body = stream.call().unwrap().into_body();
    record_into(folder.path(), |layer| layer, || info!("written meanwhile"));
    let lines = BufReader::new(body.into_reader()).lines();
    let mut rows = lines
        .map(Result::unwrap)
        .filter(|line| line.starts_with("data:"));
    assert!(rows.next().unwrap().contains("written meanwhile"));
}

#[test]
fn deleted_file_is_reported_and_a_new_file_is_served() {
    let folder = folder();
    let path = folder.path().join("whose.db");
    let server = Server::start(folder.path());
    fs::remove_file(&path).unwrap();
    let answer = server.get("/users");
    assert_eq!(answer.status, 503);
    assert!(answer.body.contains("The file is gone"), "{}", answer.body);
    let store = Store::open(&path).unwrap();
    record(&store);
    assert!(
        store
            .shutdown(std::time::Duration::from_secs(30))
            .is_complete()
    );
    assert!(server.page("/users").contains("alice"));
}

#[test]
fn assets_are_embedded_and_not_sent_again() {
    let folder = folder();
    let server = Server::start(folder.path());
    let url = format!("{}/assets/app.css", server.url());
    let first = ureq::get(&url).call().unwrap();
    let tag = first.headers().get("etag").unwrap().clone();
    let again = ureq::get(&url).header("if-none-match", tag).call().unwrap();
    assert_eq!(again.status().as_u16(), 304);
    assert_eq!(server.get("/assets/../Cargo.toml").status, 404);
    assert_eq!(server.get("/assets/no.js").status, 404);
}
