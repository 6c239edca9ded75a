//! `forget` erases every record of one user, and no other record.
#![allow(clippy::unwrap_used)] // Clippy does not treat helpers as test code.

mod support;

use std::path::Path;
use std::sync::{Arc, Mutex};
use std::thread;

use rusqlite::Connection;
use support::{
    TIMEOUT, assert_index_matches_texts, dispatch, folder, messages, query_number, record_into,
    rows, search_messages,
};
use tracing::{info, info_span};
use tracing_subscriber::prelude::*;
use whose::{Actor, Record, RecordSink, RecordType, Scope, User};
use whose_store::{Eraser, Queries, Query, Reader, Remnant, SearchFilter, Store, StoreError};

fn store_of_three(path: &Path) -> Store {
    let store = Store::open(path).unwrap();
    record_into(&store, || {
        let alice = User::new("alice").with_email("alice@example.com");
        whose::user(alice)
            .session("s-alice")
            .tag("street", "elm")
            .in_scope(|| {
                info!("said by all");
                info!(city = "Paris", "only Alice");
                whose::usage("gpt-4o")
                    .input_tokens(1)
                    .output_tokens(1)
                    .record();
                whose::capture_message("her error");
                whose::score("helpful", true).comment("she says").record();
            });
        whose::user("bob").session("s-shared").in_scope(|| {
            info!("said by all");
            info!("he has met alice");
            whose::add_breadcrumb(whose::Breadcrumb::new("wrote to alice@example.com"));
        });
        whose::user("alice")
            .session("s-shared")
            .in_scope(|| info!("in his session"));
        let carol = User::new("carol").with_email("alice@example.com");
        whose::user(carol)
            .session("s-carol")
            .in_scope(|| info!("said by all"));
        // A link attributes the records before the login to Alice.
        Scope::isolated().in_scope(|| {
            info!("looks around");
            whose::set_user("alice");
        });
    });
    assert!(store.flush(TIMEOUT).is_complete());
    store
}

fn count(path: &Path, table: &str) -> i64 {
    query_number(path, &format!("SELECT count(*) FROM {table}"))
}

#[test]
fn forget_erases_one_user_and_keeps_others() {
    let folder = folder();
    let path = folder.path().join("whose.db");
    let store = store_of_three(&path);
    let others = |reader: &Reader| {
        ["bob", "carol"]
            .map(|user| serde_json::to_string(&rows(reader.audit(user, &Query::all()))).unwrap())
    };
    let before = others(&Reader::open(&path).unwrap());
    let preview = Eraser::open(&path).unwrap().preview("alice").unwrap();
    assert_eq!(
        (preview.records, preview.late_records, preview.sessions),
        (6, 1, 2)
    );

    let forgotten = store.forget("alice").unwrap();
    assert!(forgotten.is_complete(), "{forgotten:?}");
    assert_eq!((forgotten.records, forgotten.late_records), (7, 1));
    assert_eq!((forgotten.swept.sessions, forgotten.swept.scopes), (1, 1));
    // Only Alice's: two messages, the error, Bob's session, the records before the login, the model
    // call, and the score.
    assert_eq!(forgotten.swept.texts, 7);

    let reader = Reader::open(&path).unwrap();
    assert_eq!(others(&reader), before);
    assert!(matches!(
        reader.audit("alice", &Query::all()).map(drop).unwrap_err(),
        StoreError::UnknownUser { .. }
    ));
    assert_eq!(rows(reader.users(&Query::all())).len(), 2);
    assert_eq!(reader.totals(&Query::all()).unwrap().usage.calls, 0);
    assert_eq!(
        reader.totals(&Query::all()).unwrap().without_user,
        0,
        "including linked records"
    );
    assert_eq!(search_messages(&reader, "paris"), [""; 0]);
    assert_eq!(search_messages(&reader, "\"said by\""), ["said by all"; 2]);
    for table in [
        "links", "gaps", "usages", "scores", "failures", "models", "erasing",
    ] {
        assert_eq!(count(&path, table), 0, "{table}");
    }
    assert_index_matches_texts(&path);
}

#[test]
fn mentions_by_others_are_counted_per_search() {
    let folder = folder();
    let path = folder.path().join("whose.db");
    let store = store_of_three(&path);
    record_into(&store, || {
        whose::user("bob").in_scope(|| {
            Scope::isolated().in_scope(|| {
                whose::add_breadcrumb(whose::Breadcrumb::new("wrote to alice@example.com"));
                whose::capture_message("his error");
            });
            Scope::isolated().in_scope(|| {
                whose::flag("variant", "of alice@example.com");
                whose::capture_message("his other error");
            });
            info!(to = "alice@example.com", "writes again");
        });
        whose::user("dan")
            .actor("alice")
            .in_scope(|| info!("acts for another"));
    });
    assert!(store.flush(TIMEOUT).is_complete());
    let eraser = Eraser::open(&path).unwrap();
    let preview = eraser.preview("alice").unwrap();
    let mentions = eraser.forget("alice").unwrap().mentions;
    assert_eq!(mentions, preview.mentions);
    let expected = [("alice", 2), ("alice@example.com", 1)];
    assert_eq!(
        mentions.searches,
        expected.map(|(words, count)| (words.to_owned(), count))
    );
    assert_eq!(
        (mentions.unsearched, &mentions.same_email[..]),
        (3, &["carol".to_owned()][..])
    );
    let reader = Reader::open(&path).unwrap();
    for (words, count) in &mentions.searches {
        let search = SearchFilter::new(format!("\"{words}\""));
        assert_eq!(
            messages(&rows(reader.search(&search, &Query::all()))).len() as u64,
            *count
        );
    }
}

#[test]
fn actor_who_was_never_a_user_is_mentioned() {
    let folder = folder();
    let path = folder.path().join("whose.db");
    let store = store_of_three(&path);
    record_into(&store, || {
        let customer = whose::user("dan").actor("olive");
        customer.in_scope(|| whose::actor(Actor::agent("planner")).in_scope(|| info!("acts")));
    });
    assert!(store.flush(TIMEOUT).is_complete());
    let records = count(&path, "records");
    let eraser = Eraser::open(&path).unwrap();
    assert_eq!(eraser.preview("olive").unwrap().mentions.unsearched, 1);
    let forgotten = eraser.forget("olive").unwrap();
    assert_eq!((forgotten.records, forgotten.mentions.unsearched), (0, 1));
    assert_eq!(count(&path, "records"), records);
    // The chain goes with the customer.
    eraser.forget("dan").unwrap();
    assert_eq!(count(&path, "actors"), 0);
    assert!(eraser.forget("olive").is_err());
}

#[test]
fn late_records_of_forgotten_user_are_rejected_and_counted() {
    let folder = folder();
    let path = folder.path().join("whose.db");
    // Both cache the row id of Alice. The second one stands for a writer of another process.
    let stores = [store_of_three(&path), Store::open(&path).unwrap()];
    let spans = stores.each_ref().map(|store| {
        record_into(store, || whose::user("alice").in_scope(|| info!("seen")));
        assert!(store.flush(TIMEOUT).is_complete());
        let dispatch = dispatch(store);
        let span = tracing::dispatcher::with_default(&dispatch, || {
            whose::user("alice").in_scope(|| info_span!("her open span"))
        });
        (dispatch, span)
    });
    stores[0].forget("alice").unwrap();
    for (dispatch, span) in spans {
        tracing::dispatcher::with_default(&dispatch, || drop(span));
    }
    for store in &stores {
        assert!(store.flush(TIMEOUT).is_complete());
        assert_eq!(store.stats().forgotten, 1, "{:?}", store.stats());
        assert!(
            Reader::open(&path)
                .unwrap()
                .audit("alice", &Query::all())
                .is_err()
        );
    }
    assert_eq!(stores[0].stats().written, 12);
    assert_eq!(
        query_number(
            &path,
            "SELECT count(*) FROM texts WHERE name = 'her open span'"
        ),
        0
    );

    // Later records belong to a new user Alice, in both writers.
    for store in &stores {
        record_into(store, || whose::user("alice").in_scope(|| info!("is back")));
        assert!(store.flush(TIMEOUT).is_complete());
    }
    let reader = Reader::open(&path).unwrap();
    assert_eq!(
        messages(&rows(reader.audit("alice", &Query::all()))),
        ["is back"; 2]
    );
    assert_eq!(
        rows(reader.users(&Query::all()))
            .iter()
            .filter(|user| user.email.is_some())
            .count(),
        1
    );
}

#[test]
fn login_after_forget_restores_no_earlier_record() {
    let folder = folder();
    let path = folder.path().join("whose.db");
    let store = store_of_three(&path);
    record_into(&store, || {
        Scope::isolated().in_scope(|| {
            info!("before the login, stored before");
            assert!(store.flush(TIMEOUT).is_complete());
            let open = info_span!("before the login, stored late");
            store.forget("alice").unwrap();
            info!("since then");
            whose::set_user("alice");
            drop(open);
            info!("logged in");
        });
    });
    assert!(store.flush(TIMEOUT).is_complete());
    let reader = Reader::open(&path).unwrap();
    assert_eq!(
        messages(&rows(reader.audit("alice", &Query::all()))),
        ["since then", "logged in"]
    );
    assert_eq!(search_messages(&reader, "before"), [""; 0]);
    assert_eq!(store.stats().forgotten, 2);
}

#[test]
fn open_reader_that_blocks_log_is_reported() {
    let folder = folder();
    let path = folder.path().join("whose.db");
    let store = store_of_three(&path);
    let reader = Connection::open(&path).unwrap();
    reader
        .execute_batch("BEGIN; SELECT count(*) FROM records")
        .unwrap();
    let forgotten = store.forget("alice").unwrap();
    let Some(Remnant::Log { bytes }) = forgotten.remnant else {
        panic!("{forgotten:?}");
    };
    assert!(bytes > 0 && !forgotten.is_complete());
    assert!(
        Reader::open(&path)
            .unwrap()
            .audit("alice", &Query::all())
            .is_err(),
        "the rows are erased"
    );

    reader.execute_batch("COMMIT").unwrap();
    let again = Eraser::open(&path).unwrap().forget("alice").unwrap();
    assert!(again.is_complete(), "{again:?}");
    assert_eq!((again.records, again.before), (0, forgotten.before));
}

#[test]
fn interrupted_forget_is_completed_by_next_one() {
    let folder = folder();
    let path = folder.path().join("whose.db");
    let store = store_of_three(&path);
    store.forget("carol").unwrap();
    // The state of the file if the process ends after the first transaction.
    Connection::open(&path)
        .unwrap()
        .execute_batch(
            "PRAGMA foreign_keys = off; BEGIN;
             INSERT INTO erasing SELECT id FROM users WHERE uid = 'alice';
             DELETE FROM links; DELETE FROM users WHERE uid = 'alice'; COMMIT",
        )
        .unwrap();
    assert_eq!(store.forget("carol").unwrap().records, 6);
    assert_eq!(
        rows(Reader::open(&path).unwrap().users(&Query::all())).len(),
        1
    );
    assert_eq!(count(&path, "erasing"), 0);
}

#[test]
fn unknown_id_is_an_error_and_erases_nothing() {
    let folder = folder();
    let path = folder.path().join("whose.db");
    let store = store_of_three(&path);
    let records = count(&path, "records");
    for id in [
        "",
        "nobody",
        "%",
        "al*",
        "alice' OR 1=1 --",
        "\"",
        "a\0b",
        "deleted user #1",
    ] {
        let error = store.forget(id).unwrap_err();
        assert!(
            matches!(error, StoreError::UnknownUser { .. }),
            "{id}: {error:?}"
        );
    }
    assert_eq!(count(&path, "records"), records);
    let hostile = "x' OR '1'='1\" \u{0}*";
    record_into(&store, || whose::user(hostile).in_scope(|| info!("attack")));
    assert!(store.flush(TIMEOUT).is_complete());
    assert_eq!(store.forget(hostile).unwrap().records, 1);
    assert_eq!(count(&path, "records"), records);
}

#[test]
fn eraser_of_missing_file_fails_and_creates_none() {
    let folder = folder();
    let path = folder.path().join("whose.db");
    let error = Eraser::open(&path).unwrap_err();
    assert!(matches!(error, StoreError::NotFound { .. }), "{error:?}");
    assert!(!path.exists());
}

#[test]
fn user_without_id_is_forgotten_by_identity() {
    let folder = folder();
    let path = folder.path().join("whose.db");
    let store = store_of_three(&path);
    let by_email = || User::default().with_email("dora@example.com");
    let open = record_into(&store, || {
        whose::user(by_email()).in_scope(|| {
            info!("hers");
            info_span!("open")
        })
    });
    assert!(store.flush(TIMEOUT).is_complete());
    assert_eq!(store.forget("email:dora@example.com").unwrap().records, 1);
    drop(open);
    assert!(store.flush(TIMEOUT).is_complete());
    assert_eq!(store.stats().forgotten, 1);
}

#[test]
fn forget_beside_writers_keeps_other_users() {
    let folder = folder();
    let path = folder.path().join("whose.db");
    let store = Store::builder(&path)
        .when_full(whose_store::WhenFull::Block)
        .open()
        .unwrap();
    const ROUNDS: usize = 4_000;
    let dispatch = dispatch(&store);
    thread::scope(|scope| {
        for user in ["bob", "carol", "alice"] {
            let dispatch = &dispatch;
            scope.spawn(move || {
                tracing::dispatcher::with_default(dispatch, || {
                    for round in 0..ROUNDS {
                        whose::user(user)
                            .session(format!("{user} {}", round % 50))
                            .in_scope(|| info!("said by all: {}", round % 100));
                    }
                });
            });
        }
        for _ in 0..3 {
            // Alice may not exist at the moment.
            if let Ok(forgotten) = store.forget("alice") {
                let is_file = matches!(forgotten.remnant, Some(Remnant::File { .. }));
                assert!(!is_file, "{forgotten:?}");
            }
        }
    });
    assert!(store.flush(TIMEOUT).is_complete());
    let _ = store.forget("alice");
    let reader = Reader::open(&path).unwrap();
    for user in ["bob", "carol"] {
        let records = rows(reader.audit(user, &Query::all()));
        assert_eq!(records.len(), ROUNDS, "{user}");
        for (round, record) in records.iter().enumerate() {
            assert_eq!(
                record.message,
                Some(format!("said by all: {}", round % 100))
            );
            assert_eq!(record.session, Some(format!("{user} {}", round % 50)));
        }
    }
    assert!(reader.audit("alice", &Query::all()).is_err());
    assert_index_matches_texts(&path);
}

#[test]
fn replaced_email_leaves_no_byte_without_forget() {
    let folder = folder();
    let path = folder.path().join("whose.db");
    let store = Store::open(&path).unwrap();
    let steps = [
        ("alice", "first.address@example.com"),
        ("bob", "bob@example.com"),
        // Too long for the space of the first one.
        ("alice", "the-second-address-of-alice@example.com"),
    ];
    for (user, email) in steps {
        record_into(&store, || {
            whose::user(User::new(user).with_email(email)).in_scope(|| info!("hello"));
        });
        assert!(store.flush(TIMEOUT).is_complete());
    }
    drop(store);
    let file = std::fs::read(&path).unwrap();
    let holds = |word: &str| file.windows(word.len()).any(|part| part == word.as_bytes());
    assert!(holds("second-address") && !holds("t.address@example"));
}

/// A sink that keeps records until the test passes them on.
#[derive(Clone, Default)]
struct Late(Arc<Mutex<Vec<Arc<Record>>>>);

impl RecordSink for Late {
    fn record(&self, record: &Arc<Record>) {
        self.0.lock().unwrap().push(Arc::clone(record));
    }
}

#[test]
fn record_of_linked_scope_after_forget_is_rejected() {
    let folder = folder();
    let path = folder.path().join("whose.db");
    let store = Store::open(&path).unwrap();
    let late = Late::default();
    let subscriber = tracing_subscriber::registry().with(whose::layer().with_sink(late.clone()));
    tracing::subscriber::with_default(subscriber, || {
        Scope::isolated().in_scope(|| {
            info!("before the login");
            whose::set_user("alice");
        });
    });
    let records = std::mem::take(&mut *late.0.lock().unwrap());
    let is_link = |record: &&Arc<Record>| record.record_type() == RecordType::Link;
    let (links, others): (Vec<_>, Vec<_>) = records.iter().partition(is_link);
    assert_eq!((links.len(), others.len()), (1, 1));
    store.record(links[0]);
    assert!(store.flush(TIMEOUT).is_complete());
    store.forget("alice").unwrap();
    for record in [links[0], others[0]] {
        store.record(record);
        assert!(store.flush(TIMEOUT).is_complete());
    }
    assert_eq!(store.stats().forgotten, 1);
    assert_eq!((count(&path, "records"), count(&path, "users")), (0, 0));
}

/// SQLite moves rows of an index to another page and leaves their bytes in the free part of the old
/// page: `secure_delete` overwrites the deleted row, not such a copy.
#[test]
fn copy_in_free_part_of_page_is_erased() {
    let folder = folder();
    let path = folder.path().join("whose.db");
    let store = Store::builder(&path)
        .when_full(whose_store::WhenFull::Block)
        .open()
        .unwrap();
    // In no order, so that the index over identities grows in its middle.
    let id = |user: u32| format!("u{:08x}", user.wrapping_mul(2_654_435_761));
    const USERS: u32 = 6_000;
    record_into(&store, || {
        for user in 1..=USERS {
            whose::user(id(user)).in_scope(|| info!("hello"));
            if user % 100 == 0 {
                assert!(store.flush(TIMEOUT).is_complete());
            }
        }
    });
    drop(store);
    let file = std::fs::read(&path).unwrap();
    let mut seen = std::collections::HashMap::new();
    for part in file.windows(12).filter(|part| part.starts_with(b"id:u")) {
        *seen.entry(part.to_vec()).or_insert(0) += 1;
    }
    // Once in the table, once in the index, and once more for each remaining copy.
    let copied =
        (1..=USERS).find(|user| seen.get(format!("id:{}", id(*user)).as_bytes()) > Some(&2));
    let copied = id(copied.expect("one of the users has left a copy"));
    let forgotten = Eraser::open(&path).unwrap().forget(&copied).unwrap();
    assert!(forgotten.is_complete());
    let file = std::fs::read(&path).unwrap();
    let mut parts = file.windows(copied.len());
    assert!(parts.all(|part| part != copied.as_bytes()), "{copied}");
}
