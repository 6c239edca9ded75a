//! The JSON and text twins of the pages: limits, keys of the next page, and mistakes.
#![allow(clippy::unwrap_used)] // Clippy does not treat helpers as test code.

mod support;

use support::server::Server;
use support::{as_alice, folder, store_of};
use tracing::info;

/// Five log lines of alice.
fn lines() -> tempfile::TempDir {
    store_of(
        |layer| layer,
        || as_alice(|| (1..=5).for_each(|number| info!("line {number}"))),
    )
}

#[test]
fn limit_shortens_lists_and_states_the_next_page() {
    let folder = lines();
    let server = Server::start(folder.path());
    for path in [
        "/search.json?q=line",
        "/person.json?id=alice",
        "/session.json?id=s-1",
    ] {
        let page = server.json(&format!("{path}&limit=2"));
        assert_eq!(page["records"].as_array().unwrap().len(), 2, "{path}");
        assert!(!page["next"].is_null(), "{path}: {page}");
        let all = server.json(&format!("{path}&limit=5"));
        assert!(all["next"].is_null(), "{path}: {all}");
    }
    let answer = server.get("/users.json?limit=many");
    assert_eq!(answer.status, 400);
    assert!(answer.body.starts_with("`limit`: "), "{}", answer.body);
}

#[test]
fn text_of_a_person_goes_on_at_the_key_of_its_last_line() {
    let folder = lines();
    let server = Server::start(folder.path());
    let (mut key, mut pages) = (String::new(), Vec::new());
    loop {
        let text = server.page(&format!("/person.txt?id=alice&limit=2{key}"));
        let (records, next) = match text.split_once("next page: after=") {
            Some((records, next)) => (records, Some(next.trim_end())),
            None => (&*text, None),
        };
        assert!(records.starts_with("user alice\n\n"), "{text}");
        let numbers = (1..=5).filter(|number| records.contains(&format!("line {number}")));
        pages.push(numbers.collect::<Vec<_>>());
        match next {
            Some(next) => key = format!("&after={next}"),
            None => break,
        }
    }
    // The newest records are on the first page, and each page is read from the top.
    assert_eq!(pages, [vec![4, 5], vec![2, 3], vec![1]]);
    let first = server.page("/person.txt?id=alice&limit=2");
    assert!(first.find("line 4") < first.find("line 5"), "{first}");
    let oldest = server.page("/person.txt?id=alice&limit=2&order=oldest");
    assert!(
        oldest.contains("line 1") && !oldest.contains("line 3"),
        "{oldest}"
    );
    assert!(
        server
            .page("/person?id=alice")
            .contains("/person.txt?id=alice")
    );
}

#[test]
fn rejected_search_names_each_mistake() {
    let folder = folder();
    let server = Server::start(folder.path());
    let answer = server.get("/search.json?q=usr%3Aalice+looks+duration%3Afast");
    assert_eq!(answer.status, 400);
    for mistake in [
        "at byte 0, usr: there is no such field: did you mean `user`?",
        "; at byte 25, fast: expected a duration such as `100ms`",
    ] {
        assert!(answer.body.contains(mistake), "{}", answer.body);
    }
}

#[test]
fn json_of_a_record_explains_its_user() {
    let folder = folder();
    let server = Server::start(folder.path());
    let found = server.json("/search.json?q=looks");
    let record = server.json(&format!("/record.json?id={}", found["records"][0]["id"]));
    let lines = record["explanation"].as_array().unwrap();
    let user = lines.iter().find(|line| line["name"] == "user").unwrap();
    let value = user["value"].as_str().unwrap();
    assert!(value.starts_with("alice, from scope, set at "), "{value}");
}
