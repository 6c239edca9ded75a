//! The command `search` prints the found records, with the real binary and a real store.
#![allow(clippy::unwrap_used)] // Clippy does not treat helpers as test code.

mod support;

use std::time::Duration;

use support::{folder, json, whose, wide};
use tracing_subscriber::prelude::*;
use whose::RecordSink;
use whose_store::Store;

#[test]
fn search_table_shows_record_and_user() {
    let folder = folder();
    let table = wide(folder.path(), &["search", "looks", "it*"]);
    let row = table.lines().nth(1).unwrap();
    for part in ["event  INFO", "looks it up", "alice", "s-1"] {
        assert!(row.contains(part), "{part}: {table}");
    }
    assert!(
        table.ends_with("\n1 record that contains looks it*\n"),
        "{table}"
    );
    let fields = wide(folder.path(), &["search", "gpt"]);
    assert!(
        fields.contains("gen_ai.request.model: gpt-4o-2024-08-06"),
        "{fields}"
    );

    let found = json(
        folder.path(),
        &["search", "\"looks it\"", "--user", "alice"],
    );
    assert_eq!(found.as_array().unwrap().len(), 1);
    assert_eq!(found[0]["message"], "looks it up");
    assert_eq!(
        json(folder.path(), &["search", "looks", "--user", "bob"]),
        serde_json::json!([])
    );
    assert_eq!(
        json(folder.path(), &["search", "looks", "--session", "s-2"]),
        serde_json::json!([])
    );
    assert_eq!(
        json(folder.path(), &["search", "looks", "--session", "s-1"])[0]["user"],
        "alice"
    );
    for nothing in ["absent", "\"", "NEAR(", "*", ""] {
        let table = wide(folder.path(), &["search", nothing]);
        assert!(
            table.starts_with("no record contains "),
            "{nothing}: {table}"
        );
    }
}

#[test]
fn search_prints_next_page_option() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path().join("whose.db")).unwrap();
    let subscriber = tracing_subscriber::registry().with(whose::layer().with_sink(store.clone()));
    tracing::subscriber::with_default(subscriber, || {
        (0..5).for_each(|step| tracing::info!("step {step}"));
    });
    assert!(store.flush(Duration::from_secs(60)).is_complete());
    let first = wide(folder.path(), &["search", "step", "--limit", "3"]);
    assert!(
        first.contains("step 4") && !first.contains("step 1"),
        "{first}"
    );
    let note = "\nthe newest 3 records that contain step; next page: --before ";
    let (_, rest) = first.split_once(note).unwrap();
    let (before, more) = rest.split_once('\n').unwrap();
    assert_eq!(more, "… 2 more: --limit 0 prints all\n");
    let second = wide(
        folder.path(),
        &["search", "step", "--limit", "3", "--before", before],
    );
    assert!(
        second.contains("step 1") && !second.contains("step 2"),
        "{second}"
    );
    assert!(
        second.ends_with("\n2 records that contain step\n"),
        "{second}"
    );
}

#[test]
fn search_conditions_narrow_the_records() {
    let folder = folder();
    let found = |words: &str| {
        let found = json(folder.path(), &["search", words]);
        let messages = found.as_array().unwrap().iter();
        let message = |row: &serde_json::Value| row["message"].as_str().map(str::to_owned);
        let name = |row: &serde_json::Value| row["name"].as_str().unwrap().to_owned();
        messages
            .map(|row| message(row).unwrap_or_else(|| name(row)))
            .collect::<Vec<_>>()
    };
    assert_eq!(found("user:alice type:event looks"), ["looks it up"]);
    assert_eq!(found("type:event -user:*"), ["nobody's"]);
    assert_eq!(found("tag.plan:pro type:span"), ["answer"]);
    assert_eq!(found("@email:alice@example.com failed:true"), ["refused"]);
    assert_eq!(found("model:our* tokens:>1000000").len(), 1);
    assert_eq!(found("cost:>0.001 -user:bob").len(), 1);
    assert_eq!(found("user:nobody"), [""; 0]);
    assert_eq!(found("type:event since:1h until:2020-01-01"), [""; 0]);
    let note = wide(folder.path(), &["search", "user:nobody"]);
    assert_eq!(note, "no record matches user:nobody\n");
}

#[test]
fn search_mistake_has_caret_and_accepted_values() {
    let folder = folder();
    let text = "looks usr:alice \u{202e} duration:>1";
    let output = whose(folder.path(), &["search", text]);
    assert_eq!(output.status.code(), Some(2));
    assert!(output.stdout.is_empty());
    let error = String::from_utf8(output.stderr).unwrap();
    let expected = "whose: a part of the search means nothing:
  looks usr:alice \\u{202e} duration:>1
        ^^^                         ^^
usr: there is no such field: did you mean `user`? A text with a colon needs quotes
>1: expected a duration such as `100ms`, ";
    assert!(error.starts_with(expected), "{error}");
}
