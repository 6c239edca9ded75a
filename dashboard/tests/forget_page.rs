//! Erasing a user from the page, over TCP.
#![allow(clippy::unwrap_used)] // Clippy does not treat helpers as test code.

mod support;

use support::server::Server;
use support::{folder, json};

const FORGET: &str = "0123456789abcdef-forget";

#[test]
fn page_states_what_would_be_erased_and_what_is_out_of_reach() {
    let folder = folder();
    let served = Server::start_with(folder.path(), &["--forget-token", FORGET]);
    let page = served.fetch("/forget?user=alice", &[]).body;
    for text in [
        "4 records",
        "1 session",
        "Out of reach",
        "backups",
        "action=\"/forget\"",
    ] {
        assert!(page.contains(text), "{text}: {page}");
    }
    assert_eq!(served.fetch("/forget?user=carol", &[]).status, 404);
    assert_eq!(served.fetch("/forget", &[]).status, 400);
}

#[test]
fn user_is_erased_only_with_the_token_and_the_typed_id() {
    let folder = folder();
    let named = format!("privacy={FORGET}");
    let served = Server::start_with(folder.path(), &["--forget-token", &named]);
    for (body, status, text) in [
        (
            format!("user=alice&confirm=alice&token={}", &FORGET[1..]),
            403,
            "does not permit",
        ),
        (
            "user=alice&confirm=alice".to_owned(),
            403,
            "does not permit",
        ),
        (
            format!("user=alice&confirm=alic&token={FORGET}"),
            400,
            "is not the id",
        ),
        (format!("user=alice&token={FORGET}"), 400, "is not the id"),
        (
            format!("user=&confirm=&token={FORGET}"),
            400,
            "is not the id",
        ),
    ] {
        let reply = served.post("/forget", &[], &body);
        assert_eq!(reply.status, status, "{body}: {}", reply.body);
        assert!(
            reply.body.contains("Nothing was erased") && reply.body.contains(text),
            "{body}"
        );
        assert!(!reply.body.contains(FORGET));
    }
    assert_eq!(json(folder.path(), &["users"]).as_array().unwrap().len(), 3);

    let body = format!("user=alice&confirm=alice&token={FORGET}");
    let receipt = served.post("/forget", &[], &body);
    assert_eq!(receipt.status, 200, "{}", receipt.body);
    for text in [
        "alice is erased",
        "No byte of the user",
        "Out of reach",
        "<dd class=\"number\">4</dd>",
    ] {
        assert!(receipt.body.contains(text), "{text}: {}", receipt.body);
    }
    assert_eq!(json(folder.path(), &["users"]).as_array().unwrap().len(), 2);
    let rows = json(folder.path(), &["accesses", "--user", "alice"]);
    assert_eq!(
        (&rows[0]["viewer"], &rows[0]["user"]),
        (&"privacy".into(), &().into())
    );
    drop(served);
    for end in ["", "-wal", "-shm"] {
        let bytes = std::fs::read(folder.path().join(format!("whose.db{end}"))).unwrap_or_default();
        assert!(
            !bytes.windows(5).any(|part| part == b"alice"),
            "whose.db{end}"
        );
    }
}

#[test]
fn program_erases_by_the_token_in_the_header() {
    let folder = folder();
    let served = Server::start_with(folder.path(), &["--forget-token", FORGET]);
    let bearer = format!("Bearer {FORGET}");
    let headers = [("Authorization", &*bearer), ("Accept", "application/json")];
    let reply = served.send("POST", "/forget", &headers, "user=alice&confirm=alice");
    let report: serde_json::Value = serde_json::from_str(&reply.body).unwrap();
    assert_eq!(
        (&report["records"], &report["remnant"]),
        (&4.into(), &().into())
    );
    let unknown = served.send("POST", "/forget", &headers, "user=carol&confirm=carol");
    assert_eq!(unknown.status, 404);
    assert_eq!(unknown.body, "the store has no user \"carol\"\n");
}

#[test]
fn erasing_without_a_token_of_the_server_is_off() {
    let folder = folder();
    let served = Server::start_with(folder.path(), &[]);
    let reply = served.post("/forget", &[], "user=alice&confirm=alice&token=");
    assert_eq!(reply.status, 403);
    assert!(reply.body.contains("--forget-token"), "{}", reply.body);
    assert_eq!(json(folder.path(), &["users"]).as_array().unwrap().len(), 3);
}

#[test]
fn page_keeps_counts_and_costs_under_a_pseudonym_on_request() {
    let folder = folder();
    let served = Server::start_with(folder.path(), &["--forget-token", FORGET]);
    let page = served.fetch("/forget?user=alice", &[]).body;
    assert!(page.contains("value=\"pseudonymise\""), "{page}");
    let cost = |id: &str| {
        let users = json(folder.path(), &["users"]);
        let users = users.as_array().unwrap().clone();
        let user = users.into_iter().find(|user| user["id"] == id);
        user.map(|user| (user["calls"].clone(), user["cost_usd"].clone()))
    };
    let before = cost("alice").unwrap();
    let body = |records: &str| format!("user=alice&confirm=alice&token={FORGET}&records={records}");
    // What is not understood erases nothing.
    let refused = served.post("/forget", &[], &body("pseudonymize"));
    assert_eq!(refused.status, 400, "{}", refused.body);
    assert_eq!(cost("alice").as_ref(), Some(&before));

    let receipt = served.post("/forget", &[], &body("pseudonymise"));
    assert_eq!(receipt.status, 200, "{}", receipt.body);
    assert!(
        receipt.body.contains("4 records stay without content"),
        "{}",
        receipt.body
    );
    let link = receipt.body.split("/person?id=").nth(1).unwrap();
    let pseudonym = &link[..link.find('"').unwrap()];
    assert_eq!((cost("alice"), cost(pseudonym)), (None, Some(before)));
    let page = served.page(&format!("/person?id={pseudonym}"));
    assert!(
        !page.contains("looks it up") && !page.contains("alice"),
        "{page}"
    );
}
