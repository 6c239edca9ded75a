//! Lists that are longer than a page, over HTTP: each says how many rows follow, and leads to them.
#![allow(clippy::unwrap_used)] // Clippy does not treat helpers as test code.

mod support;

use std::collections::BTreeSet;

use rusqlite::Connection;
use support::server::Server;
use support::store_of;
use tempfile::TempDir;

/// A word without digits, which the grouping of errors would leave out.
fn word(number: u8) -> String {
    let letter = |number: u8| char::from(b'a' + number);
    format!("{}{}", letter(number / 26), letter(number % 26))
}

/// The kinds of errors, and the users whom the first one hits.
const KINDS: u8 = 130;
const USERS: u8 = 45;

fn folder() -> TempDir {
    store_of(
        |layer| layer,
        || {
            for number in 0..KINDS {
                let user = whose::user(format!("user-{}", number % 7));
                user.in_scope(|| whose::capture_message(format!("lost {}", word(number))));
            }
            for number in 0..USERS {
                for _ in 0..3 {
                    let user = whose::user(format!("hit-{number:02}"));
                    user.in_scope(|| whose::capture_message("all are late"));
                }
            }
            for number in 0..104 {
                whose::monitor(format!("job-{number:03}")).run(|| ());
            }
            for number in 0..12 {
                let scope = whose::user("ada").conversation(format!("c-{number:02}"));
                scope.in_scope(|| tracing::info!("asks"));
            }
            for number in 0..30_u8 {
                let session = whose::session(format!("s-{number:02}"));
                session.in_scope(|| whose::score("helpful", f64::from(number)).record());
            }
        },
    )
}

/// Follows the links to the next page. Returns the values of a field on each page, from the JSON twins.
fn follow(server: &Server, path: &str, list: &str, name: &str) -> Vec<Vec<String>> {
    let mut pages = Vec::new();
    let mut next = Some(path.to_owned());
    while let Some(path) = next {
        let twin = match path.split_once('?') {
            Some((path, query)) => format!("{path}.json?{query}"),
            None => format!("{path}.json"),
        };
        let json = server.json(&twin);
        let rows = json[list].as_array().unwrap().iter();
        pages.push(
            rows.map(|row| row[name].as_str().unwrap().to_owned())
                .collect(),
        );
        let page = server.page(&path);
        let link = page.split_once("rel=\"next\" href=\"");
        next = link.map(|(_, link)| link.split('"').next().unwrap().replace("&amp;", "&"));
        let rest = page.contains("<span class=\"muted\">and ");
        assert_eq!(rest, next.is_some(), "{path} says whether more rows follow");
        assert!(pages.len() < 20, "{path}");
    }
    pages
}

#[test]
fn next_pages_of_every_list_have_each_row_once() {
    let folder = folder();
    let server = Server::start(folder.path());
    let errors = server.json("/errors.json");
    let late = errors["groups"][0]["fingerprint"].as_str().unwrap();
    for (path, list, name, sizes) in [
        ("/errors", "groups", "fingerprint", &[100, 31][..]),
        (
            &format!("/error?fingerprint={late}"),
            "users_hit",
            "user",
            &[20, 20, 5],
        ),
        ("/jobs", "jobs", "monitor", &[100, 4]),
        ("/person?id=ada", "conversations", "id", &[5, 5, 2]),
        ("/scores", "worst_sessions", "session", &[20, 10]),
    ] {
        let pages = follow(&server, path, list, name);
        let found: Vec<usize> = pages.iter().map(Vec::len).collect();
        assert_eq!(found, sizes, "{path}");
        let all: BTreeSet<&String> = pages.iter().flatten().collect();
        assert_eq!(all.len(), sizes.iter().sum::<usize>(), "{path}");
    }
}

#[test]
fn numbers_of_a_list_are_those_of_all_its_rows() {
    let folder = folder();
    let server = Server::start(folder.path());
    let page = server.page("/errors");
    assert!(page.contains("131 kinds of errors"), "{page}");
    assert!(page.contains("and 31 more kinds"), "{page}");
    let json = server.json("/errors.json");
    let key = json["next"].as_str().unwrap();
    assert_eq!(json["more"], 31);
    let second = server.json(&format!("/errors.json?after={key}"));
    assert_eq!(
        (&second["more"], &second["next"]),
        (&0.into(), &serde_json::Value::Null)
    );
    // The trend is that of the same groups.
    let groups = second["groups"].as_array().unwrap().iter();
    let errors = groups.map(|group| group["trend"].as_array().unwrap().iter());
    let errors = errors.map(|trend| trend.filter_map(serde_json::Value::as_u64).sum::<u64>());
    assert!(errors.eq([1; 31]));

    let late = json["groups"][0]["fingerprint"].as_str().unwrap();
    let error = server.page(&format!("/error?fingerprint={late}&since=30d"));
    let all = format!("/search?since=30d&amp;q=fingerprint%3A{late}");
    assert!(
        error.contains(&all) && error.contains("35 older ones"),
        "{error}"
    );
    let search = server.json(&format!("/search.json?q=fingerprint%3A{late}"));
    assert_eq!(search["records"].as_array().unwrap().len(), 100);
}

#[test]
fn key_that_no_list_has_is_an_error() {
    let folder = folder();
    let server = Server::start(folder.path());
    assert_eq!(server.get("/errors?after=3.4").status, 400);
    for path in ["/jobs?after=job", "/person?id=ada&conversations_after=x"] {
        let answer = server.get(path);
        assert_eq!(answer.status, 404, "{path}");
        assert!(answer.body.contains("any more"), "{}", answer.body);
    }
    // A group that is gone still has a place in the list.
    let gone = "2.99.0.00ff";
    let errors = server.json(&format!("/errors.json?after={gone}"));
    assert_eq!(errors["groups"].as_array().unwrap().len(), 100);
}

#[test]
fn health_with_too_many_ranges_says_that_more_follow() {
    let folder = folder();
    let file = Connection::open(folder.path().join("whose.db")).unwrap();
    let insert =
        "INSERT INTO losses (time_from, time_to, records, reason) VALUES (?1, ?1, 1, 'full')";
    let mut insert = file.prepare(insert).unwrap();
    for time in 0..1_000 {
        insert.execute([time]).unwrap();
    }
    let server = Server::start(folder.path());
    let notice = "These are the first 1,000 ranges";
    assert!(!server.page("/health").contains(notice));
    insert.execute([1_000]).unwrap();
    assert!(server.page("/health").contains(notice));
    let report = server.json("/health.json");
    assert_eq!(report["losses"].as_array().unwrap().len(), 1_000);
    assert_eq!(report["has_more_losses"], true);
}
