//! The pages of people, sessions and conversations over HTTP, of a real server and a real file.
#![allow(clippy::unwrap_used)] // Clippy does not treat helpers as test code.

mod support;

use std::path::Path;

use support::server::Server;
use support::{HOSTILE, folder, store_of};
use tempfile::TempDir;
use tracing::{info, info_span};
use whose::{Scope, User};
use whose_store::{Queries, Query, Reader, TrailFilter};

/// Ids that a page must show as text.
const HOSTILE_IDS: [&str; 7] = [
    "<script>alert(1)</script>",
    "\" onload=\"x",
    "'; drop table users; --",
    "../../etc/passwd",
    "a&b=c#d?e %20+",
    HOSTILE,
    "\u{200f}\u{202e}reversed",
];

fn encoded(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

fn reader(folder: &Path) -> Reader {
    Reader::open(folder.join("whose.db")).unwrap()
}

fn hostile_store() -> TempDir {
    store_of(
        |layer| layer,
        || {
            for id in HOSTILE_IDS {
                let user = User::new(id).with_email(id).with_attr(id, id);
                let scope = whose::user(user).session(id).conversation(id).actor(id);
                let scope = scope.tag("tag", id).extra("extra", id);
                scope.in_scope(|| {
                    info_span!("request", field = id).in_scope(|| info!("{id}"));
                    whose::usage(id).input_tokens(1).record();
                    whose::capture_message(format_args!("{id}"));
                });
            }
        },
    )
}

/// The page without its hidden inputs, which hold the exact values.
fn visible(page: &str) -> String {
    let mut pieces = page.split("<input type=\"hidden\"");
    let first = pieces.next().unwrap_or_default().to_owned();
    pieces.fold(first, |page, piece| page + piece.split_once('>').unwrap().1)
}

#[test]
fn hostile_ids_are_text_on_every_page_and_links_lead_back() {
    let folder = hostile_store();
    let server = Server::start(folder.path());
    for id in HOSTILE_IDS {
        let query = encoded(id);
        let records = reader(folder.path());
        let records = records.audit(id, &Query::all()).unwrap();
        let record = records.map(Result::unwrap).last().unwrap();
        let mut paths = vec![
            format!("/person?id={query}"),
            format!("/session?id={query}"),
            format!("/conversation?id={query}"),
            format!("/sessions?user={query}"),
        ];
        paths.push(format!("/record?id={}", record.id));
        for path in paths {
            let page = visible(&server.page(&path));
            assert!(!page.contains("<script>alert"), "{path}: {page}");
            assert!(!page.contains("\" onload=\""), "{path}: {page}");
            let hidden = ['\u{202e}', '\u{200f}', '\u{1b}'];
            assert!(!page.contains(hidden), "{path}: {page:?}");
            // A link of the page to the person shows this id again.
            let link = page.split("href=\"").find_map(|rest| {
                let href = rest.split('"').next()?;
                let href = href.replace("&amp;", "&");
                href.starts_with("/person?id=").then_some(href)
            });
            if path.starts_with("/person") || path.starts_with("/conversation") {
                continue;
            }
            let person = server.json(&link.unwrap().replacen('?', ".json?", 1));
            assert_eq!(person["id"], id);
        }
    }
}

#[test]
fn unknown_ids_are_not_found_and_the_page_gives_advice() {
    let folder = folder();
    let server = Server::start(folder.path());
    for (path, error) in [
        ("/person?id=nobody", "the store has no user"),
        ("/session?id=none", "the store has no session"),
        ("/sessions?user=nobody", "the store has no user"),
        ("/sessions?after=none", "the store has no session"),
        ("/conversation?id=none", "the store has no conversation"),
        ("/record?id=4711", "the store has no record 4711"),
        ("/trace?id=4711", "the store has no matching record"),
    ] {
        let page = server.get(path);
        assert_eq!(page.status, 404, "{path}");
        assert!(page.body.contains(error), "{path}: {}", page.body);
        assert!(page.body.contains("retention"), "{path}: {}", page.body);
        let twin = path.replacen('?', ".json?", 1);
        assert_eq!(server.get(&twin).status, 404, "{twin}");
    }
    for (path, error) in [
        ("/person", "`id`: the value is missing"),
        ("/record?id=x", "`id`"),
        ("/person?id=alice&after=x", "expected the key of a record"),
        ("/person?id=alice&show=weather", "`agent`"),
        ("/session?id=s-1&at=x", "`at`: expected a time"),
    ] {
        let page = server.get(path);
        assert_eq!(page.status, 400, "{path}: {}", page.body);
        assert!(page.body.contains(error), "{path}: {}", page.body);
    }
}

#[test]
fn json_twins_equal_the_rows_of_the_reader() {
    let folder = folder();
    let server = Server::start(folder.path());
    let reader = reader(folder.path());
    let query = Query::new();
    let json = |rows: &[whose_store::RecordRow]| serde_json::to_value(rows).unwrap();

    let filter = TrailFilter::of_user("alice").newest_first();
    let rows: Result<Vec<_>, _> = reader.trail(&filter, &query).unwrap().collect();
    let rows = rows.unwrap();
    let person = server.json("/person.json?id=alice");
    assert_eq!(person["records"], json(&rows));
    let user = reader.user("alice", &query).unwrap();
    assert_eq!(person["user"], serde_json::to_value(user).unwrap());
    let days = reader.user_days("alice", &query).unwrap();
    assert_eq!(person["days"], serde_json::to_value(days).unwrap());

    let filter = TrailFilter::of_session("s-1");
    let rows: Result<Vec<_>, _> = reader.trail(&filter, &query).unwrap().collect();
    let rows = rows.unwrap();
    let session = server.json("/session.json?id=s-1");
    assert_eq!(session["records"], json(&rows));
    let row = reader.session("s-1", &query).unwrap();
    assert_eq!(session["session"], serde_json::to_value(row).unwrap());

    let sessions: Result<Vec<_>, _> = reader.sessions(None, &query).unwrap().collect();
    let sessions = serde_json::to_value(sessions.unwrap()).unwrap();
    assert_eq!(server.json("/sessions.json")["sessions"], sessions);
    for row in &rows {
        let record = server.json(&format!("/record.json?id={}", row.id));
        assert_eq!(record["record"], serde_json::to_value(row).unwrap());
    }
    let csv = server.page("/person.csv?id=alice");
    assert_eq!(csv.lines().count(), rows.len() + 1, "{csv}");
}

#[test]
fn records_from_before_a_login_are_marked_and_can_be_chosen() {
    let folder = store_of(
        |layer| layer,
        || {
            Scope::isolated().in_scope(|| {
                info!("looks around");
                whose::set_user("alice");
                info!("signed in");
            });
        },
    );
    let server = Server::start(folder.path());
    for path in ["/person?id=alice", "/person?id=alice&late=1"] {
        let page = server.page(path);
        let late = page.split("<li").find(|row| row.contains("looks around"));
        assert!(late.unwrap().contains("before login"), "{page}");
        assert!(late.unwrap().contains("from late"), "{page}");
    }
    let page = server.page("/person?id=alice");
    let own = page.split("<li").find(|row| row.contains("signed in"));
    assert!(!own.unwrap().contains("before login"), "{page}");
    assert!(!server.page("/person?id=alice&late=1").contains("signed in"));
}

#[test]
fn every_source_is_shown_with_its_deciding_call_site() {
    let mut site = 0;
    let folder = store_of(
        |layer| layer,
        || {
            Scope::isolated().in_scope(|| {
                info!("late one");
                whose::set_user("alice");
                info!("isolated one");
                info!(user.id = "alice", "explicit one");
            });
            let scope = whose::user("alice").actor("operator");
            site = line!() - 1;
            scope.in_scope(|| info!("scoped one"));
            whose::user("alice")
                .remote()
                .in_scope(|| info!("remote one"));
            info!("nobody's one");
        },
    );
    let server = Server::start(folder.path());
    let page = server.page("/person?id=alice");
    for (message, source) in [
        ("late one", "before login"),
        ("isolated one", "isolation"),
        ("explicit one", "explicit"),
        ("scoped one", "scope"),
        ("remote one", "remote"),
    ] {
        let row = page.split("<li").find(|row| row.contains(message)).unwrap();
        let badge = row.split("<summary").nth(1).unwrap();
        assert!(badge.contains(source), "{message}: {row}");
        assert!(row.contains("#attribution\">why</a>"), "{row}");
    }
    let row = page.split("<li").find(|row| row.contains("scoped one"));
    let call_site = format!("alice, from scope, set at {}:{site}", file!());
    assert!(row.unwrap().contains(&call_site), "{page}");
    assert!(row.unwrap().contains("operator"), "{page}");

    let nobody = reader(folder.path());
    let nobody = nobody.search(&whose_store::SearchFilter::new("nobody's"), &Query::new());
    let nobody = nobody.unwrap().next().unwrap().unwrap();
    let page = server.page(&format!("/record?id={}", nobody.id));
    assert!(page.contains("no user: no_scope"), "{page}");
    let advice = whose::UnattributedReason::NoScope.advice();
    assert!(page.contains(advice), "{page}");
}

/// The values of `data-…` or of the records of a page, in the order of the page.
fn messages(page: &serde_json::Value) -> Vec<String> {
    let records = page["records"].as_array().unwrap().iter();
    let message = |record: &serde_json::Value| record["message"].as_str().unwrap().to_owned();
    records.map(message).collect()
}

/// The path of the link with that relation, as a JSON twin.
fn twin_of_link(page: &str, relation: &str) -> Option<String> {
    let (_, rest) = page.split_once(&format!("rel=\"{relation}\" href=\""))?;
    let href = rest.split('"').next()?.replace("&amp;", "&");
    Some(href)
}

#[test]
fn pages_of_a_person_lead_to_the_end_and_back() {
    let folder = store_of(
        |layer| layer,
        || {
            whose::user("alice").in_scope(|| (0..250).for_each(|number| info!("m{number}")));
        },
    );
    let server = Server::start(folder.path());
    let twin = |path: &str| path.replacen('?', ".json?", 1);
    for (order, first) in [("", "m249"), ("&order=oldest", "m0")] {
        let mut path = format!("/person?id=alice{order}");
        let mut forward = vec![messages(&server.json(&twin(&path)))];
        while let Some(next) = twin_of_link(&server.page(&path), "next") {
            path = next;
            forward.push(messages(&server.json(&twin(&path))));
        }
        assert_eq!(forward[0][0], first);
        let sizes: Vec<_> = forward.iter().map(Vec::len).collect();
        assert_eq!(sizes, [100, 100, 50]);
        let mut backward = vec![forward[2].clone()];
        while let Some(previous) = twin_of_link(&server.page(&path), "prev") {
            path = previous;
            backward.push(messages(&server.json(&twin(&path))));
        }
        backward.reverse();
        assert_eq!(backward, forward, "{order}");
    }
    let printed = server.json("/person.json?id=alice&print=1");
    assert_eq!(messages(&printed).len(), 250);
}

#[test]
fn chips_choose_the_classes_of_records() {
    let folder = folder();
    let server = Server::start(folder.path());
    let classes = |show: &str| {
        let csv = server.page(&format!("/person.csv?id=alice&show={show}"));
        let lines = csv.lines().skip(1);
        let classes = lines.map(|line| line.split(',').nth(2).unwrap().to_owned());
        classes.collect::<Vec<_>>()
    };
    assert_eq!(classes("error"), ["error"]);
    assert_eq!(classes("model"), ["model"]);
    assert_eq!(classes("error,log"), ["error", "log"]);
    let page = server.page("/person?id=alice&show=error");
    assert!(page.contains("show=error%2Clog"), "{page}");
    let nothing = server.page("/person?id=alice&show=score");
    assert!(nothing.contains("No record of this person matches"));
}

#[test]
fn sessions_are_paged_by_key_and_filtered_by_user() {
    let folder = store_of(
        |layer| layer,
        || {
            for number in 0..120 {
                let user = if number < 5 { "bob" } else { "alice" };
                whose::user(user)
                    .session(format!("s-{number}"))
                    .in_scope(|| info!("asks"));
            }
        },
    );
    let server = Server::start(folder.path());
    let ids = |path: &str| {
        let page = server.json(path);
        let sessions = page["sessions"].as_array().unwrap().iter();
        let ids = sessions.map(|session| session["id"].as_str().unwrap().to_owned());
        ids.collect::<Vec<_>>()
    };
    let first = ids("/sessions.json");
    let next = twin_of_link(&server.page("/sessions"), "next").unwrap();
    let second = ids(&next.replacen('?', ".json?", 1));
    assert_eq!((first.len(), second.len()), (100, 20));
    assert_eq!((&*first[0], &*second[19]), ("s-119", "s-0"));
    assert_eq!(ids("/sessions.json?user=bob").len(), 5);
    assert!(server.page("/sessions?user=bob").contains("Sessions of"));
}

#[test]
fn messages_of_a_model_call_are_shown_as_a_chat() {
    let messages = r#"[{"role":"user","parts":[{"type":"text","content":"where is <b>my</b> order"}]},
        {"role":"assistant","parts":[{"type":"tool_call","name":"find_order","arguments":{"id":7}}]}]"#;
    let folder = store_of(
        |layer| layer.with_message_content(whose::MessageContent::Spans),
        || {
            whose::user("alice").in_scope(|| {
                drop(info_span!(
                    "chat",
                    gen_ai.request.model = "gpt-4o",
                    gen_ai.input.messages = messages,
                    gen_ai.output.messages = "on its way"
                ));
            });
        },
    );
    let server = Server::start(folder.path());
    let page = server.page("/person?id=alice");
    let chat = page.split("class=\"chat\"").nth(1).unwrap();
    assert!(
        chat.contains("where is &lt;b&gt;my&lt;/b&gt; order"),
        "{chat}"
    );
    assert!(chat.contains("find_order") && chat.contains("{&quot;id&quot;:7}"));
    assert!(chat.contains("on its way"), "{chat}");
    let text = server.page("/record.txt?id=1");
    assert!(
        text.contains("assistant > calls find_order({\"id\":7})"),
        "{text}"
    );
}

#[test]
fn person_has_the_changes_of_the_profile() {
    let folder = store_of(
        |layer| layer,
        || {
            for number in 0..13 {
                let user = User::new("ann").with_attr("plan", format!("<b>{number}"));
                whose::user(user.with_attr("seats", 3)).in_scope(|| info!("asks"));
            }
        },
    );
    let server = Server::start(folder.path());
    let page = server.page("/person?id=ann");
    assert!(
        page.contains("Changes of the profile") && !page.contains("<b>1"),
        "{page}"
    );
    assert!(page.contains("and 2 older changes"), "{page}");
    let json = server.json("/person.json?id=ann");
    let changes = json["profile_changes"].as_array().unwrap();
    assert_eq!((changes.len(), &json["more_changes"]), (10, &2.into()));
    let first = &changes[0];
    assert_eq!(
        (&first["name"], &first["before"], &first["after"]),
        (&"attrs.plan".into(), &"<b>11".into(), &"<b>12".into())
    );
    let next = json["next_change"].as_str().unwrap();
    let rest = server.json(&format!("/person.json?id=ann&changes_after={next}"));
    assert_eq!(rest["profile_changes"].as_array().unwrap().len(), 2);
    assert!(rest["next_change"].is_null());
    let bare = store_of(
        |layer| layer,
        || whose::user("bob").in_scope(|| info!("asks")),
    );
    let page = Server::start(bare.path()).page("/person?id=bob");
    assert!(!page.contains("Changes of the profile"), "{page}");
}
