//! Trails are paged by key in both directions, and filtered by class, without a gap or a repetition.
#![allow(clippy::unwrap_used)] // Clippy does not treat helpers as test code.

mod support;

use std::path::Path;

use rusqlite::Connection;
use support::{TIMEOUT, folder, messages, record_call, recorded, rows};
use tempfile::TempDir;
use tracing::{error, info, info_span};
use tracing_subscriber::prelude::*;
use whose::{RecordSink, Scope};
use whose_store::{Queries, Query, Reader, RecordClass, RecordKey, RecordRow, Store, TrailFilter};

/// Spreads the records over many partitions of the file.
fn spread(path: &Path) {
    let file = Connection::open(path).unwrap();
    file.execute_batch(
        "UPDATE records SET id = -id; UPDATE records SET id = -id * 9000;
         DELETE FROM part_times;
         INSERT INTO part_times SELECT id >> 16, min(start), max(start) FROM records GROUP BY 1;",
    )
    .unwrap();
}

/// Reads a trail in pages of `size`, each after the last key of the page before.
fn paged(reader: &Reader, filter: &TrailFilter, size: usize) -> Vec<RecordRow> {
    let mut all: Vec<RecordRow> = Vec::new();
    loop {
        let filter = match all.last() {
            Some(last) => filter.clone().after(last.key()),
            None => filter.clone(),
        };
        let page = rows(reader.trail(&filter, &Query::new().limit(size)));
        if page.is_empty() {
            return all;
        }
        all.extend(page);
    }
}

fn ids(records: &[RecordRow]) -> Vec<i64> {
    records.iter().map(|record| record.id).collect()
}

#[test]
fn pages_of_a_trail_join_to_the_whole_trail_in_both_orders() {
    let folder = folder();
    let (reader, _store) = recorded(folder.path(), || {
        for number in 0..60 {
            let user = if number % 3 == 0 { "bob" } else { "alice" };
            whose::user(user)
                .session("s-1")
                .conversation("thread-7")
                .in_scope(|| info!("{number}"));
        }
    });
    for is_spread in [false, true] {
        if is_spread {
            spread(&folder.path().join("whose.db"));
        }
        for (filter, count) in [
            (TrailFilter::of_user("alice"), 40),
            (TrailFilter::of_session("s-1"), 60),
            (TrailFilter::of_conversation("thread-7"), 60),
        ] {
            let whole = rows(reader.trail(&filter, &Query::all()));
            assert_eq!(whole.len(), count);
            assert!(whole.is_sorted_by_key(RecordRow::key));
            let mut reversed = whole.clone();
            reversed.reverse();
            for size in [1, 7, 100] {
                assert_eq!(paged(&reader, &filter, size), whole);
                assert_eq!(
                    paged(&reader, &filter.clone().newest_first(), size),
                    reversed
                );
            }
        }
    }
}

#[test]
fn key_of_a_deleted_record_still_begins_a_page() {
    let folder = folder();
    let (reader, _store) = recorded(folder.path(), || {
        whose::user("alice").in_scope(|| (0..5).for_each(|number| info!("{number}")));
    });
    let filter = TrailFilter::of_user("alice");
    let key = rows(reader.trail(&filter, &Query::all()))[2].key();
    Connection::open(folder.path().join("whose.db"))
        .unwrap()
        .execute("DELETE FROM records WHERE id = 3", ())
        .unwrap();
    let key: RecordKey = key.to_string().parse().unwrap();
    let next = rows(reader.trail(&filter.clone().after(key), &Query::all()));
    assert_eq!(messages(&next), ["3", "4"]);
    let before = rows(reader.trail(&filter.newest_first().after(key), &Query::all()));
    assert_eq!(messages(&before), ["1", "0"]);
    for text in ["", "1", "_", "x_1", "1_x", "99999999999999999999_1"] {
        text.parse::<RecordKey>().unwrap_err();
    }
}

/// A store with records of every class, of `alice`, some from before her login.
fn every_class() -> (TempDir, Reader) {
    let folder = folder();
    let path = folder.path().join("whose.db");
    let store = Store::open(&path).unwrap();
    let layer = whose::layer()
        .with_sink(store.clone())
        .with_flag_events(true);
    let work = || {
        Scope::isolated().in_scope(|| {
            let _request = info_span!("request").entered();
            info!("before the login");
            record_call("gpt-4o", 1, 1);
            whose::set_user("alice");
            info!("after the login");
            whose::flag("new-page", true);
            for kind in ["AGENT", "LLM", "EMBEDDING", "TOOL", "RETRIEVER", "CHAIN"] {
                let span = info_span!("step", openinference.span.kind = kind);
                span.in_scope(|| info!("inside"));
            }
            drop(info_span!(
                "own client",
                gen_ai.request.model = "gpt-4o",
                gen_ai.usage.input_tokens = 10
            ));
            whose::score("helpful", 1).record();
            whose::monitor("nightly").run(|| ());
            whose::capture_error(&std::io::Error::other("refused"));
            error!("logged");
        });
    };
    tracing::subscriber::with_default(tracing_subscriber::registry().with(layer), work);
    assert!(store.flush(TIMEOUT).is_complete());
    (folder, Reader::open(&path).unwrap())
}

#[test]
fn filter_by_class_equals_the_classes_of_the_rows() {
    let (_folder, reader) = every_class();
    let filter = TrailFilter::of_user("alice");
    let whole = rows(reader.trail(&filter, &Query::all()));
    for class in RecordClass::ALL {
        let expected: Vec<_> = whole.iter().filter(|it| it.class() == class).collect();
        assert!(!expected.is_empty(), "no {class} in {whole:#?}");
        let found = rows(reader.trail(&filter.clone().class(class), &Query::all()));
        assert_eq!(found.iter().collect::<Vec<_>>(), expected, "{class}");
        assert_eq!(class.as_str().parse(), Ok(class));
    }
    let two = filter.class(RecordClass::Score).class(RecordClass::Job);
    assert_eq!(rows(reader.trail(&two, &Query::all())).len(), 3);
    let error = "weather".parse::<RecordClass>().unwrap_err();
    assert!(error.to_string().contains("`agent`"), "{error}");
}

#[test]
fn late_filter_selects_records_from_before_the_login() {
    let (_folder, reader) = every_class();
    let whole = rows(reader.audit("alice", &Query::all()));
    let is_late = |record: &&RecordRow| record.user_source.as_deref() == Some("late");
    let expected: Vec<_> = whole.iter().filter(is_late).cloned().collect();
    let late = rows(reader.trail(&TrailFilter::of_user("alice").late(), &Query::all()));
    // The span of the request took its user when it closed.
    assert!(messages(&late).contains(&"before the login".to_owned()));
    assert_eq!(ids(&late), ids(&expected));
    let calls = TrailFilter::of_user("alice")
        .late()
        .class(RecordClass::Model);
    assert_eq!(rows(reader.trail(&calls, &Query::all())).len(), 1);
}

#[test]
fn trace_and_span_select_their_records() {
    let folder = folder();
    let (reader, _store) = recorded(folder.path(), || {
        for name in ["one", "two"] {
            let root = info_span!("root", name);
            root.in_scope(|| {
                let inner = info_span!("inner");
                inner.in_scope(|| info!("deep"));
                info!("shallow");
            });
        }
    });
    let all = Query::all();
    let roots = rows(reader.search(&whose_store::SearchFilter::new("root one"), &all));
    let (trace, span) = (
        roots[0].trace_id.clone().unwrap(),
        roots[0].span_id.clone().unwrap(),
    );
    let trail = |filter: &TrailFilter| messages(&rows(reader.trail(filter, &all)));
    let of_trace = trail(&TrailFilter::of_trace(&trace));
    assert_eq!(of_trace, ["root", "inner", "deep", "shallow"]);
    let of_span = trail(&TrailFilter::of_span(&trace, &span));
    assert_eq!(of_span, ["root", "inner", "shallow"]);
    for id in ["", "0", "x", &trace[1..], &"+".repeat(32), "' OR 1 --"] {
        assert_eq!(trail(&TrailFilter::of_trace(id)).len(), 0, "{id}");
        assert_eq!(trail(&TrailFilter::of_span(&trace, id)).len(), 0, "{id}");
    }
}

#[test]
fn pages_of_sessions_join_to_the_whole_list() {
    let folder = folder();
    let (reader, _store) = recorded(folder.path(), || {
        for number in 0..100 {
            let user = if number % 2 == 0 { "alice" } else { "bob" };
            // Each session returns later in the file.
            whose::user(user)
                .session(format!("s-{}", number * 7 % 30))
                .in_scope(|| info!("asks"));
        }
    });
    let file = folder.path().join("whose.db");
    for is_spread in [false, true] {
        if is_spread {
            spread(&file);
        }
        let times = rows(reader.session_records("s-0", &Query::all()));
        for query in [
            Query::all(),
            Query::all().since(times[0].time).until(times[2].time),
        ] {
            for user in [None, Some("alice")] {
                let whole = rows(reader.sessions(user, &query));
                assert!(!whole.is_empty());
                let size = query.limit(4);
                let mut paged = rows(reader.sessions(user, &size));
                while let Some(last) = paged.last().map(|last| last.id.clone()) {
                    let next = rows(reader.sessions_after(user, &last, &size));
                    if next.is_empty() {
                        break;
                    }
                    paged.extend(next);
                    assert!(paged.len() <= whole.len(), "a session is repeated");
                }
                assert_eq!(paged, whole, "{is_spread} {query:?} {user:?}");
            }
        }
    }
    let unknown = reader.sessions_after(Some("carol"), "s-1", &Query::all());
    assert!(unknown.is_err());
    let unknown = reader.sessions_after(None, "s-none", &Query::all());
    assert!(unknown.is_err());
}
