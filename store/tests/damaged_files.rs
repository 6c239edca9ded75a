//! Damaged and forged files: readable records are returned, no query hangs, and nothing panics.
#![allow(clippy::unwrap_used)] // Clippy does not treat helpers as test code.

mod support;

use std::fs;

use rusqlite::Connection;
use support::{folder, messages, record_call, recorded, rows};
use tracing::{info, info_span};
use whose_store::{
    Queries, Query, Reader, ScoreFilter, SearchFilter, StoreError, UnattributedFilter,
};

/// A few records of every type.
fn record() {
    for user in ["alice", "bob"] {
        let scope = whose::user(user).session(format!("of-{user}"));
        scope.tag("plan", "pro").in_scope(|| {
            drop(info_span!("work", city = "Paris").entered());
            info!("said by {user}");
            record_call("gpt-4o-mini", 1_000, 200);
            whose::capture_message("refused");
            whose::monitor("nightly").run(|| ());
        });
    }
    whose::Scope::isolated().in_scope(|| {
        info!("before the login");
        whose::set_user("carol");
        info!("after");
    });
    let other = whose::user("bob").conversation("other");
    other.in_scope(|| record_call("gpt-4o-mini", 1, 1));
    let thread = whose::user("bob").conversation("thread");
    thread.in_scope(|| whose::score("helpful", true).comment("exact").record());
    info!("nobody's");
}

/// Runs every query to its end.
fn run_every_query(reader: &Reader) -> Result<(), StoreError> {
    let all = &Query::all();
    fn read<T>(rows: whose_store::Rows<'_, T>) -> Result<(), StoreError> {
        rows.into_iter().try_for_each(|row| row.map(drop))
    }
    let mut results = vec![
        reader.totals(all).map(drop),
        reader.losses(all).map(drop),
        reader.find_identity("alice@example.com").map(drop),
        reader.users(all).and_then(read),
        reader.audit("alice", all).and_then(read),
        reader.session_records("of-bob", all).and_then(read),
        reader.conversation_records("thread", all).and_then(read),
        reader
            .scores(&ScoreFilter::new(), all)
            .and_then(|report| read(report.rows)),
        reader
            .scores(&ScoreFilter::new().user("bob").name("helpful"), all)
            .and_then(|report| read(report.rows)),
        reader.sessions(None, all).and_then(read),
        reader.sessions(Some("alice"), all).and_then(read),
        reader.errors(None, all).and_then(read),
        reader.errors(Some("alice"), all).and_then(read),
        reader.coverage(all).and_then(read),
        reader.cost_coverage(all).and_then(read),
        reader.jobs(all).and_then(read),
        reader
            .search(&SearchFilter::new("said"), all)
            .and_then(read),
        reader
            .search(&SearchFilter::new("said").user("bob"), all)
            .and_then(read),
        reader
            .unattributed(&UnattributedFilter::new(), all)
            .and_then(read),
        reader
            .users(&Query::new().limit(1))
            .and_then(|rows| rows.remaining().map(drop)),
    ];
    for by in [
        "user",
        "model",
        "session",
        "conversation",
        "agent",
        "tool",
        "tag:plan",
    ] {
        let cost = reader.cost(&by.parse().unwrap(), all);
        results.push(cost.and_then(|report| read(report.rows)));
    }
    results.into_iter().collect()
}

#[test]
fn impossible_values_fail_no_query() {
    for forgery in [
        "UPDATE records SET start = 9223372036854775807, duration = 9223372036854775807",
        "UPDATE records SET start = -9223372036854775808, duration = -9223372036854775808",
        "UPDATE records SET site = 999, traits = 999, text = 999, scope = 999",
        "UPDATE records SET user = 999, session = 999 WHERE user = 2",
        "UPDATE records SET user = 9223372036854775807 WHERE user = 2",
        "UPDATE usages SET input_tokens = 9223372036854775807, output_tokens = -1",
        "UPDATE usages SET model = 999",
        "UPDATE usages SET agent = CAST(x'ff' AS TEXT), tool = CAST(x'00' AS TEXT)",
        "UPDATE conversations SET cid = CAST(x'ff' AS TEXT) WHERE cid = 'other'",
        "UPDATE scores SET name = CAST(x'ff00fe' AS TEXT), value = 9e999, label = ''",
        "UPDATE scopes SET tags = '{', extra = '[1', contexts = '7', service = 'null'",
        "UPDATE texts SET fields = '[]', causes = '{}', message = CAST(x'ff00fe' AS TEXT)",
        "UPDATE users SET email = CAST(x'ff' AS TEXT), attrs = '{'",
        "UPDATE failures SET path = '{', breadcrumbs = '7', fingerprint = x''",
        "UPDATE check_ins SET monitor = CAST(x'ff' AS TEXT), every = 1, longest = -1, status = ''",
        "UPDATE check_ins SET run = 'same', every = 9223372036854775807, duration = -1",
        "UPDATE failures SET flags = '[7, {\"key\": 1}, {'",
        "UPDATE records SET trace = x'01', fields = '{\"a\":'",
        "DELETE FROM part_times",
        "DELETE FROM users WHERE id = 2; DELETE FROM sessions; DELETE FROM models; DELETE FROM texts",
        "UPDATE records SET id = 9223372036854775807 WHERE id = 1",
        "UPDATE records SET id = -5 WHERE id = 1",
        "UPDATE losses SET reason = ''; INSERT INTO losses VALUES (1, 5, 3, -7, 'x')",
    ] {
        let folder = folder();
        let (reader, store) = recorded(folder.path(), record);
        drop(store);
        let file = Connection::open(folder.path().join("whose.db")).unwrap();
        file.execute_batch("PRAGMA foreign_keys = off").unwrap();
        file.execute_batch(forgery).unwrap();
        if !forgery.contains("DELETE FROM sessions") {
            run_every_query(&reader).unwrap_or_else(|error| panic!("{forgery}: {error}"));
        }
        let totals = reader.totals(&Query::all()).unwrap();
        assert_eq!(totals.counts.records(), 17, "{forgery}");
        assert_eq!(
            rows(reader.audit("alice", &Query::all())).len(),
            6,
            "{forgery}"
        );
    }
}

#[test]
fn view_of_the_file_is_used_by_no_query() {
    const ENDLESS: &str = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n)";
    let folder = folder();
    let (reader, store) = recorded(folder.path(), record);
    drop((reader, store));
    let path = folder.path().join("whose.db");
    let file = Connection::open(&path).unwrap();
    for view in ["trail", "searched", "parts"] {
        let forged = format!(
            "DROP VIEW IF EXISTS {view};
             CREATE VIEW {view} AS {ENDLESS} SELECT i AS part, i AS id, i AS rest FROM n"
        );
        file.execute_batch(&forged).unwrap();
    }
    let reader = Reader::open(&path).unwrap();
    run_every_query(&reader).unwrap();
    let found = rows(reader.search(&SearchFilter::new("said"), &Query::all()));
    assert_eq!(messages(&found), ["said by bob", "said by alice"]);

    for table in [
        "records",
        "part_times",
        "usages",
        "scores",
        "search_data",
        "losses",
    ] {
        let forged = folder.path().join(format!("{table}.db"));
        fs::copy(&path, &forged).unwrap();
        // SQL alone cannot drop a table that belongs to the full-text index.
        let sql = format!(
            "PRAGMA writable_schema = on;
             UPDATE sqlite_schema SET type = 'view', rootpage = 0,
               sql = 'CREATE VIEW {table} AS {ENDLESS} SELECT i AS id FROM n'
             WHERE name = '{table}'"
        );
        let file = Connection::open(&forged).unwrap();
        file.execute_batch("PRAGMA journal_mode = delete").ok();
        file.execute_batch(&sql).unwrap();
        drop(file);
        let error = Reader::open(&forged).unwrap_err();
        let message = error.to_string();
        assert!(
            matches!(
                error,
                StoreError::NotAStore { .. } | StoreError::Sqlite { .. }
            ),
            "{table}: {message}"
        );
    }
}

#[test]
fn table_with_foreign_definition_is_rejected() {
    let folder = folder();
    let (reader, store) = recorded(folder.path(), record);
    drop((reader, store));
    let path = folder.path().join("whose.db");
    let file = Connection::open(&path).unwrap();
    file.execute_batch("DROP TABLE losses; CREATE VIEW losses AS SELECT 1 AS id")
        .unwrap();
    let error = Reader::open(&path).unwrap_err();
    assert!(matches!(error, StoreError::NotAStore { .. }), "{error:?}");
    assert!(error.to_string().contains("losses"), "{error}");
}

#[test]
fn damaged_file_never_panics() {
    const FILES: usize = 150;
    let folder = folder();
    let (reader, store) = recorded(folder.path(), record);
    drop((reader, store));
    let whole = fs::read(folder.path().join("whose.db")).unwrap();
    let path = folder.path().join("damaged.db");
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut random = |bound: usize| {
        // xorshift: the same files in each run.
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        usize::try_from(state % bound as u64).unwrap()
    };
    let (mut answered, mut refused) = (0, 0);
    for _ in 0..FILES {
        let mut bytes = whole.clone();
        for _ in 0..=random(60) {
            let at = random(bytes.len());
            bytes[at] = u8::try_from(random(256)).unwrap();
        }
        if random(10) == 0 {
            bytes.truncate(random(whole.len()));
        }
        fs::write(&path, &bytes).unwrap();
        match Reader::open(&path).and_then(|reader| run_every_query(&reader)) {
            Ok(()) => answered += 1,
            Err(error) => {
                assert!(!error.to_string().is_empty());
                refused += 1;
            }
        }
    }
    assert_eq!(answered + refused, FILES);
    assert!(
        answered > 0 && refused > 0,
        "{answered} answered, {refused} refused"
    );
}
