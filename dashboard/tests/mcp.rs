//! `whose mcp` over the real protocol: a client starts the command and speaks to its stdin and stdout.
#![cfg(feature = "mcp")]
#![allow(clippy::unwrap_used)] // Clippy does not treat helpers as test code.

mod support;

use std::process::Stdio;

use serde_json::{Value, json};
use support::agents::agents;
use support::mcp::{McpSession, mcp_command};
use support::stdout;

const TOOLS: [&str; 19] = [
    "users",
    "user",
    "audit",
    "sessions",
    "session",
    "conversation",
    "trace",
    "record",
    "search",
    "unattributed",
    "errors",
    "error",
    "cost",
    "cost_over_time",
    "graph",
    "coverage",
    "scores",
    "jobs",
    "health",
];

#[test]
fn tools_are_described_and_read_only() {
    let folder = agents();
    let mut session = McpSession::start(folder.path(), &[]);
    assert_eq!(session.info["serverInfo"]["name"], "whose");
    assert_eq!(session.info["capabilities"], json!({ "tools": {} }));
    let instructions = session.info["instructions"].as_str().unwrap();
    assert!(
        instructions.contains("access log") && instructions.contains("`next`"),
        "{instructions}"
    );

    let tools = session.request("tools/list", json!({}));
    let tools = tools["result"]["tools"].as_array().unwrap();
    let names: Vec<_> = tools
        .iter()
        .map(|tool| tool["name"].as_str().unwrap())
        .collect();
    assert_eq!(names, TOOLS);
    for tool in tools {
        assert_eq!(tool["annotations"]["readOnlyHint"], true, "{tool}");
        assert!(tool["description"].as_str().unwrap().ends_with('.'));
        let schema = &tool["inputSchema"];
        assert_eq!(
            (&schema["type"], &schema["additionalProperties"]),
            (&json!("object"), &json!(false))
        );
        for (name, property) in schema["properties"].as_object().unwrap() {
            assert!(
                property["type"].is_string(),
                "{}.{name}: {property}",
                tool["name"]
            );
            let description = property["description"].as_str().unwrap_or_default();
            assert!(
                description.ends_with('.') && !description.contains('\n'),
                "{name}: {property}"
            );
        }
    }
    let schema = |name: &str| {
        let tool = tools.iter().find(|tool| tool["name"] == name);
        tool.unwrap()["inputSchema"].clone()
    };
    assert_eq!(schema("users")["required"], Value::Null);
    assert_eq!(schema("users")["properties"]["sort"]["enum"][1], "cost");
    assert_eq!(schema("users")["properties"]["limit"]["maximum"], 100);
    assert_eq!(schema("user")["required"], json!(["id"]));
    assert_eq!(schema("unattributed")["required"], Value::Null);
}

#[test]
fn end_of_stdin_ends_the_server_after_the_last_answer() {
    let folder = agents();
    let mut session = McpSession::start(folder.path(), &[]);
    // Lines that are no messages are skipped.
    session.send_line("no JSON");
    session.send_line("");
    let call = json!({
        "jsonrpc": "2.0", "id": "last", "method": "tools/call",
        "params": { "name": "users", "arguments": { "limit": 1 } },
    });
    session.send_line(&call.to_string());
    let (code, rest, errors) = session.end();
    assert_eq!((code, &*errors), (Some(0), ""));
    let answer: Value = serde_json::from_str(&rest).unwrap();
    assert_eq!(
        (&answer["id"], rest.lines().count()),
        (&json!("last"), 1),
        "{rest}"
    );

    let mut command = mcp_command(folder.path(), &[]);
    let output = command.stdin(Stdio::null()).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert!(
        output.stdout.is_empty() && output.stderr.is_empty(),
        "{output:?}"
    );
}

#[test]
fn client_without_a_handshake_is_answered() {
    let folder = agents();
    let mut session = McpSession::without_handshake(mcp_command(folder.path(), &[]));
    let meta = json!({
        "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientCapabilities": {},
    });
    let listed = session.request("tools/list", json!({ "_meta": meta }));
    let tools = listed["result"]["tools"].as_array();
    assert_eq!(tools.map(Vec::len), Some(TOOLS.len()), "{listed}");
}

#[test]
fn missing_store_fails_at_the_start_or_in_the_call() {
    let folder = agents();
    let output = mcp_command(folder.path(), &["--db", "other.db"])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(output.stdout.is_empty());
    let error = String::from_utf8(output.stderr).unwrap();
    assert!(
        error.contains("there is no store at \"other.db\"") && error.contains("WHOSE_DB"),
        "{error}"
    );

    let mut session = McpSession::start(folder.path(), &[]);
    session.call("users", json!({}));
    for name in ["whose.db", "whose.db-wal", "whose.db-shm"] {
        _ = std::fs::remove_file(folder.path().join(name));
    }
    let error = session.failure("users", json!({}));
    assert!(error.contains("there is no store at"), "{error}");
    let other = agents();
    std::fs::rename(
        other.path().join("whose.db"),
        folder.path().join("whose.db"),
    )
    .unwrap();
    assert_eq!(session.json("users", json!({}))["totals"]["users"], 3);
}

#[test]
fn command_takes_the_prices_of_the_user_and_no_time_range() {
    let folder = agents();
    std::fs::write(
        folder.path().join("prices.csv"),
        "model,input,output\ngpt-4o,7,9\n",
    )
    .unwrap();
    let mut session = McpSession::start(folder.path(), &["--prices", "prices.csv"]);
    let cost = session.json("cost", json!({ "by": "model" }));
    assert_eq!(cost["total"]["cost_usd"], 21.0, "{cost}");
    let output = mcp_command(folder.path(), &["--since", "2h"])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2));
    let error = String::from_utf8(output.stderr).unwrap();
    assert!(error.contains("`whose mcp` takes no --since"), "{error}");
    assert!(stdout(folder.path(), &["mcp", "--help"]).contains("--require-reason"));
}
