//! Equal texts are stored once, and different texts are never mixed.
#![allow(clippy::unwrap_used)] // Clippy does not treat helpers as test code.

mod support;

use proptest::prelude::*;
use rusqlite::Connection;
use support::{
    TIMEOUT, assert_index_matches_texts, folder, query_number, record_into, rows, search_messages,
};
use tracing::{info, info_span};
use whose::RecordSink;
use whose_store::{Queries, Query, Reader, SearchFilter, Store};

/// A test record: message, two fields, a tag, and its user.
type TestRecord = (String, String, Option<String>, Option<String>, u8);

/// Short texts of few characters: many are equal, and many contain each other.
const TEXT: &str = "[ab\0\u{e000}\" ]{0,4}";

fn any_record() -> impl Strategy<Value = TestRecord> {
    (
        TEXT,
        TEXT,
        prop::option::of(TEXT),
        prop::option::of(TEXT),
        0..3_u8,
    )
}

fn record((message, one, two, tag, user): &TestRecord) {
    let mut scope = whose::user(user.to_string());
    if let Some(tag) = tag {
        scope = scope.tag("tag", tag);
    }
    scope.in_scope(|| info!(one, two, number = user, "{message}"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn record_round_trips_text_and_owner(
        batches in prop::collection::vec(prop::collection::vec(any_record(), 1..60), 1..4),
    ) {
        let folder = folder();
        let path = folder.path().join("whose.db");
        // Two stores take turns, so that neither has cached the other's rows.
        let stores = [Store::open(&path).unwrap(), Store::open(&path).unwrap()];
        let mut expected: Vec<Vec<&TestRecord>> = vec![Vec::new(); 3];
        for (turn, batch) in batches.iter().enumerate() {
            let store = &stores[turn % 2];
            record_into(store, || batch.iter().for_each(record));
            prop_assert!(store.flush(TIMEOUT).is_complete());
            batch.iter().for_each(|messages| expected[usize::from(messages.4)].push(messages));
        }
        let reader = Reader::open(&path).unwrap();
        for (user, expected) in expected.iter().enumerate().filter(|(_, messages)| !messages.is_empty()) {
            let mut trail = rows(reader.audit(&user.to_string(), &Query::all()));
            prop_assert_eq!(trail.len(), expected.len());
            // Records of the same nanosecond are ordered by row id.
            trail.sort_by_key(|row| row.id);
            for (row, (message, one, two, tag, _)) in trail.iter().zip(expected) {
                prop_assert_eq!(row.message.as_ref(), Some(message));
                prop_assert_eq!(row.fields["one"].as_str(), Some(&**one));
                prop_assert_eq!(row.fields.get("two").and_then(|two| two.as_str()), two.as_deref());
                prop_assert_eq!(row.fields["number"].as_u64(), Some(user as u64));
                prop_assert_eq!(row.tags.get("tag"), tag.as_ref());
            }
        }
    }
}

#[test]
fn repeated_text_is_stored_once() {
    let folder = folder();
    let path = folder.path().join("whose.db");
    let store = Store::open(&path).unwrap();
    record_into(&store, || {
        for step in 0..1_000 {
            whose::user(step % 10).tag("plan", "pro").in_scope(|| {
                info_span!("work", step, city = "Paris").in_scope(|| info!(step, "done"));
            });
        }
    });
    assert!(store.flush(TIMEOUT).is_complete());
    assert_eq!(query_number(&path, "SELECT count(*) FROM records"), 2_000);
    assert_eq!(query_number(&path, "SELECT count(*) FROM texts"), 2);
    assert_eq!(query_number(&path, "SELECT count(*) FROM scopes"), 1);
}

#[test]
fn field_recorded_again_has_last_value() {
    let folder = folder();
    let path = folder.path().join("whose.db");
    let store = Store::open(&path).unwrap();
    record_into(&store, || {
        whose::user("alice").in_scope(|| {
            let span = info_span!("work", a = "text", b = 1, c = "text");
            span.record("a", 2).record("b", "other").record("c", "last");
        });
    });
    assert!(store.flush(TIMEOUT).is_complete());
    let trail = rows(Reader::open(&path).unwrap().audit("alice", &Query::all()));
    let fields = serde_json::json!({"a": 2, "b": "other", "c": "last"});
    assert_eq!(serde_json::Value::from(trail[0].fields.clone()), fields);
}

#[test]
fn two_stores_on_one_file_keep_texts_apart() {
    const ROUNDS: usize = 30;
    let folder = folder();
    let path = folder.path().join("whose.db");
    let stores = [Store::open(&path).unwrap(), Store::open(&path).unwrap()];
    std::thread::scope(|scope| {
        for (number, store) in stores.iter().enumerate() {
            scope.spawn(move || {
                for round in 0..ROUNDS {
                    let owner = format!("owner{number}");
                    record_into(store, || {
                        whose::user(&owner).in_scope(|| {
                            info!(owner, "both say this");
                            info!(owner, "round{round} of {owner}");
                        });
                    });
                    assert!(store.flush(TIMEOUT).is_complete());
                }
            });
        }
    });
    let reader = Reader::open(&path).unwrap();
    let all = SearchFilter::new("both say this");
    assert_eq!(rows(reader.search(&all, &Query::all())).len(), 2 * ROUNDS);
    for owner in ["owner0", "owner1"] {
        let records = rows(reader.search(&SearchFilter::new(owner), &Query::new().limit(1_000)));
        assert_eq!(records.len(), 2 * ROUNDS, "each record once");
        for record in records {
            assert_eq!(record.user.as_deref(), Some(owner));
            assert_eq!(record.fields["owner"], owner);
        }
        for round in 0..ROUNDS {
            let words = format!("round{round} {owner}");
            assert_eq!(
                search_messages(&reader, &words),
                [format!("round{round} of {owner}")]
            );
        }
    }
    assert_index_matches_texts(&path);
}

#[test]
fn rejected_record_leaves_no_searchable_text() {
    let folder = folder();
    let path = folder.path().join("whose.db");
    let store = Store::open(&path).unwrap();
    let refuse = "CREATE TRIGGER refuse BEFORE INSERT ON records
        WHEN EXISTS (SELECT 1 FROM texts WHERE id = NEW.text AND message LIKE 'refused%')
        BEGIN SELECT RAISE(ABORT, 'refused'); END";
    Connection::open(&path)
        .unwrap()
        .execute_batch(refuse)
        .unwrap();
    record_into(&store, || {
        info!("said before");
        info!("refused words");
    });
    assert!(!store.flush(TIMEOUT).is_complete(), "the loss is reported");
    for _ in 0..2 {
        record_into(&store, || {
            info!("other words");
            info!("said before");
        });
        assert!(store.flush(TIMEOUT).is_complete());
    }
    let reader = Reader::open(&path).unwrap();
    assert_eq!(search_messages(&reader, "refused"), [""; 0]);
    assert_eq!(search_messages(&reader, "words"), ["other words"; 2]);
    // Only the rejected record of the batch is lost.
    assert_eq!(search_messages(&reader, "said"), ["said before"; 3]);
    assert_index_matches_texts(&path);
}
