//! What the tools of `whose mcp` answer.
#![cfg(feature = "mcp")]
#![allow(clippy::unwrap_used)] // Clippy does not treat helpers as test code.

mod support;

use serde_json::{Value, json};
use support::HOSTILE;
use support::agents::agents;
use support::mcp::McpSession;

#[test]
fn every_tool_answers_about_the_asked_user_alone() {
    let folder = agents();
    let mut session = McpSession::start(folder.path(), &[]);
    let user = session.json("user", json!({ "id": "alice" }));
    assert_eq!(
        (&user["id"], &user["user"]["errors"]),
        (&json!("alice"), &json!(1))
    );
    assert_eq!(user["sessions"][0]["id"], "visit of alice");
    let records = user["records"].as_array().unwrap();
    let error = records.iter().find(|record| record["type"] == "error");
    let error = error.unwrap();
    let (id, trace) = (&error["id"], &error["trace_id"]);
    let fingerprint = &error["fingerprint"];

    for (tool, arguments, expected) in [
        ("users", json!({ "q": "ali" }), "\"id\":\"alice\""),
        (
            "audit",
            json!({ "id": "alice" }),
            "[error] FAILED no order of alice",
        ),
        (
            "sessions",
            json!({ "user": "alice" }),
            "\"id\":\"visit of alice\"",
        ),
        ("session", json!({ "id": "visit of alice" }), "  - 2"),
        (
            "trace",
            json!({ "id": trace, "near": id }),
            "[tool] look_up",
        ),
        ("record", json!({ "id": id }), "\"name\":\"made at\""),
        (
            "search",
            json!({ "q": "user:alice order" }),
            "no order of alice",
        ),
        ("errors", json!({ "user": "alice" }), "\"errors\":1"),
        (
            "error",
            json!({ "fingerprint": fingerprint }),
            "\"users_hit\":[{",
        ),
        (
            "cost",
            json!({ "by": "model", "only": { "user": "alice" } }),
            "\"cost_usd\":2.5",
        ),
        (
            "cost_over_time",
            json!({ "only": { "user": "alice" } }),
            "\"bucket\":\"day\"",
        ),
        (
            "graph",
            json!({ "user": "alice" }),
            "agent,planner,tool,look_up,1",
        ),
    ] {
        let answer = session.call(tool, arguments).text;
        assert!(answer.contains(expected), "{tool}: {answer}");
        assert!(!answer.contains("bob"), "{tool}: {answer}");
    }
    let of_nobody = session.json("unattributed", json!({}));
    assert_eq!(of_nobody["records"][0]["message"], "nobody's");
    let sites = session.json("coverage", json!({ "limit": 1 }));
    assert_eq!(sites["call_sites"][0]["reasons"], json!({ "no_scope": 1 }));
    assert_eq!(session.json("jobs", json!({}))["jobs"], json!([]));
    assert_eq!(session.json("health", json!({}))["records_written"], 16);
}

#[test]
fn pages_follow_each_other_until_the_end() {
    let folder = agents();
    let mut session = McpSession::start(folder.path(), &[]);
    for (tool, rows, arguments, expected) in [
        ("users", "users", json!({}), 3),
        ("sessions", "sessions", json!({}), 3),
        ("search", "records", json!({ "q": "kind:tool" }), 3),
    ] {
        let mut arguments = arguments;
        arguments["limit"] = json!(1);
        let mut found = Vec::new();
        loop {
            let page = session.json(tool, arguments.clone());
            assert_eq!(page[rows].as_array().unwrap().len(), 1, "{tool}");
            found.push(page[rows][0]["id"].to_string());
            match &page["next"] {
                Value::Null => break,
                next => arguments["after"] = next.clone(),
            }
        }
        found.sort();
        found.dedup();
        assert_eq!(found.len(), expected, "{tool}");
    }

    let mut arguments = json!({ "id": "alice", "limit": 2, "order": "oldest" });
    let mut text = String::new();
    while let Some((page, key)) = {
        let page = session.call("audit", arguments.clone()).text;
        text += &page;
        page.clone()
            .rsplit_once("next page: after=")
            .map(|(_, key)| (page.clone(), key.to_owned()))
    } {
        assert_eq!(page.matches("    record ").count(), 2, "{page}");
        arguments["after"] = json!(key);
    }
    assert_eq!(text.matches("    record ").count(), 5, "{text}");
}

#[test]
fn mistakes_are_answered_with_what_to_do() {
    let folder = agents();
    let mut session = McpSession::start(folder.path(), &[]);
    for (tool, arguments, expected) in [
        (
            "user",
            json!({ "id": "carol" }),
            "no user \"carol\". The tool `users` lists",
        ),
        ("audit", json!({ "id": "carol" }), "The tool `users` lists"),
        (
            "session",
            json!({ "id": "s-9" }),
            "The tool `sessions` lists",
        ),
        (
            "record",
            json!({ "id": 9_999 }),
            "the store has no record 9999. ",
        ),
        (
            "trace",
            json!({ "id": "ab" }),
            "no matching record of the trace \"ab\"",
        ),
        (
            "error",
            json!({ "fingerprint": "ab" }),
            "no error with the fingerprint ab",
        ),
        ("user", json!({}), "the argument `id` is missing"),
        (
            "user",
            json!({ "user": "alice" }),
            "no argument \"user\": the arguments are `id`",
        ),
        (
            "users",
            json!({ "limit": 1_000 }),
            "`limit`: expected a number from 1 to 100",
        ),
        (
            "users",
            json!({ "since": "yesterday" }),
            "`since`: expected a time such as",
        ),
        (
            "audit",
            json!({ "id": "alice", "after": "x" }),
            "`after`: expected the key of a record",
        ),
        (
            "cost",
            json!({ "by": "weather" }),
            "`by`: expected `user`, `model`",
        ),
        (
            "cost",
            json!({ "only": { "since": "1h" } }),
            "`only`: expected `user`, `model`",
        ),
        (
            "search",
            json!({ "q": "usr:alice refund duration:fast" }),
            "at byte 0, usr: there is no such field: did you mean `user`?",
        ),
        (
            "search",
            json!({ "q": "usr:alice refund duration:fast" }),
            "; at byte 26, fast: expected a duration such as `100ms`",
        ),
    ] {
        let error = session.failure(tool, arguments);
        assert!(error.contains(expected), "{tool}: {error}");
    }
    let unknown = session.request("tools/call", json!({ "name": "forget", "arguments": {} }));
    assert_eq!(unknown["error"]["code"], -32602, "{unknown}");
    let message = unknown["error"]["message"].as_str().unwrap();
    assert!(message.contains("the tools are users, user"), "{message}");
}

#[test]
fn hostile_text_is_data() {
    let folder = agents();
    let mut session = McpSession::start(folder.path(), &[]);
    let user = session.json("user", json!({ "id": HOSTILE }));
    assert_eq!(user["id"], HOSTILE);
    for (tool, arguments) in [
        ("users", json!({})),
        ("user", json!({ "id": HOSTILE })),
        ("audit", json!({ "id": HOSTILE })),
        ("session", json!({ "id": format!("visit of {HOSTILE}") })),
        ("search", json!({ "q": "plans" })),
        ("errors", json!({})),
        ("cost", json!({})),
        ("graph", json!({ "user": HOSTILE })),
    ] {
        let text = session.call(tool, arguments).text;
        assert!(!text.contains(['\u{1b}', '\u{202e}']), "{tool}: {text:?}");
    }
    for (tool, arguments) in [
        ("user", json!({ "id": "\u{1b}[2J\u{202e}" })),
        ("users", json!({ "sort": "\u{1b}[2J\u{202e}" })),
        ("users", json!({ "\u{1b}[2J\u{202e}": 1 })),
        ("search", json!({ "q": "\u{1b}\u{202e}:x" })),
        ("error", json!({ "fingerprint": "\u{1b}[2J\u{202e}" })),
        ("cost", json!({ "only": { "\u{1b}[2J\u{202e}": "x" } })),
    ] {
        let text = session.failure(tool, arguments);
        assert!(!text.contains(['\u{1b}', '\u{202e}']), "{tool}: {text:?}");
    }
}
