//! The page of the search, its twins and its suggestions, of a real server and a real file.
#![allow(clippy::unwrap_used)] // Clippy does not treat helpers as test code.

mod support;

use serde_json::Value;
use support::server::Server;
use support::{HOSTILE, folder, store_of};
use tracing::info;

/// The path of a search.
fn search(ending: &str, text: &str) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.append_pair("q", text);
    format!("/search{ending}?{}", query.finish())
}

fn labels(server: &Server, text: &str) -> Vec<String> {
    let answer = server.json(&search("/suggest.json", text));
    let suggestions = answer["suggestions"].as_array().unwrap().iter();
    let label = |it: &Value| it["label"].as_str().unwrap().to_owned();
    suggestions.map(label).collect()
}

#[test]
fn search_page_lists_records_with_links_that_narrow() {
    let folder = folder();
    let server = Server::start(folder.path());
    let page = server.page(&search("", "looks user:alice"));
    for part in [
        "looks it up",
        r#"href="/record?id="#,
        r#"href="/person?id=alice""#,
        r#"href="/session?id=s-1""#,
        r#"href="/search?q=looks+user%3Aalice+level%3AINFO""#,
        r#"href="/search?q=looks+user%3Aalice+session%3As-1""#,
        r#"value="looks user:alice""#,
    ] {
        assert!(page.contains(part), "{part}: {page}");
    }
    // A condition is added once.
    assert!(!page.contains("user%3Aalice+user%3Aalice"), "{page}");
    let nothing = server.page(&search("", "looks user:bob"));
    assert!(nothing.contains("No record fulfils every condition"));
    assert!(nothing.contains("What can be searched for"));
}

#[test]
fn facets_count_the_shown_records() {
    let folder = folder();
    let server = Server::start(folder.path());
    let page = server.page("/search");
    let facet = r#"q=type%3Aspan">span</a> <span class="muted">1</span>"#;
    assert!(page.contains(facet), "{page}");
    assert!(page.contains("q=source%3Ascope"), "{page}");
}

#[test]
fn word_that_names_a_user_or_session_links_to_it() {
    let folder = folder();
    let server = Server::start(folder.path());
    let page = server.page(&search("", "Alice@Example.com"));
    assert!(
        page.contains(r#"<a href="/person?id=alice">open alice</a>"#),
        "{page}"
    );
    assert!(
        page.contains(r#"<a href="/search?q=user%3Aalice">"#),
        "{page}"
    );
    let json = server.json(&search(".json", "s-2 -alice"));
    let identities = json["identities"].as_array().unwrap();
    assert_eq!(identities.len(), 1);
    assert_eq!(
        (&identities[0]["type"], &identities[0]["id"]),
        (&"session".into(), &"s-2".into())
    );
}

#[test]
fn mistake_is_marked_in_the_page_and_refused_by_the_twins() {
    let folder = folder();
    let server = Server::start(folder.path());
    let text = "<b> usr:\u{202e}x level:loud";
    let page = server.page(&search("", text));
    for part in [
        "&lt;b&gt; <mark>usr<sup>1</sup></mark>:\\u{202e}x level:<mark>loud<sup>2</sup></mark>",
        "did you mean <code>user</code>?",
        "<code>warn</code>",
        r#"role="alert""#,
    ] {
        assert!(page.contains(part), "{part}: {page}");
    }
    assert!(
        page.contains("&lt;b&gt; usr:"),
        "the box keeps the text: {page}"
    );
    for ending in [".json", ".csv"] {
        let refused = server.get(&search(ending, text));
        assert_eq!(
            (refused.status, &*refused.content_type),
            (400, "text/plain; charset=utf-8")
        );
        assert!(
            refused.body.contains("did you mean `user`?"),
            "{}",
            refused.body
        );
    }
}

#[test]
fn search_is_paged_by_key() {
    let folder = store_of(
        |layer| layer,
        || (0..250).for_each(|number| info!(number, "line")),
    );
    let server = Server::start(folder.path());
    let (mut ids, mut after) = (Vec::new(), String::new());
    loop {
        let page = server.json(&format!(
            "{}{after}",
            search(".json", "line field.number:>=10")
        ));
        let records = page["records"].as_array().unwrap();
        ids.extend(records.iter().map(|row| row["id"].as_i64().unwrap()));
        match page["next"].as_i64() {
            Some(id) => after = format!("&after={id}"),
            None => break,
        }
    }
    assert_eq!(ids.len(), 240);
    assert!(ids.is_sorted_by(|a, b| a > b));
    let page = server.page(&search("", "line"));
    assert!(page.contains(r#"rel="next""#), "{page}");
    let csv = server.page(&search(".csv", "field.number:7"));
    assert_eq!(csv.lines().count(), 2, "{csv}");
    assert!(server.page(&search(".sql", "line")).contains("MATCH"));
}

#[test]
fn suggestions_complete_the_end_of_the_text() {
    let folder = folder();
    let server = Server::start(folder.path());
    assert_eq!(labels(&server, "looks us"), ["user:"]);
    assert_eq!(labels(&server, "user:al"), ["alice"]);
    assert_eq!(labels(&server, "-level:W"), ["warn"]);
    assert_eq!(labels(&server, "tag."), ["tag.plan:"]);
    assert_eq!(labels(&server, "tag.plan:p"), ["pro"]);
    assert_eq!(labels(&server, "since:2"), ["24h"]);
    assert_eq!(labels(&server, "duration:>1"), [">100ms", ">1s", ">10s"]);
    assert_eq!(labels(&server, "\"a phrase us"), [""; 0]);
    assert!(labels(&server, "").len() > 5);
    // JavaScript counts UTF-16 units.
    let answer = server.json(&search("/suggest.json", "\u{1f389} user:mal"));
    assert_eq!(answer["from"], 8);
    let insert = answer["suggestions"][0]["insert"].as_str().unwrap();
    let hostile = server.json(&search(".json", insert.trim_end()));
    assert!(
        hostile["records"].as_array().unwrap().is_empty(),
        "a quoted word is no id"
    );
    let of_user = server.json(&search(".json", &format!("user:{insert}")));
    assert_eq!(of_user["records"][0]["user"], HOSTILE);
}

#[test]
fn every_page_has_a_search_box() {
    let folder = folder();
    let server = Server::start(folder.path());
    let page = server.page("/users?since=24h");
    assert!(page.contains(r#"action="/search""#), "{page}");
    assert!(
        page.contains(r#"<input type="hidden" name="since" value="24h">"#),
        "{page}"
    );
    assert_eq!(
        server.page("/search").matches(r#"type="search""#).count(),
        1
    );
}
