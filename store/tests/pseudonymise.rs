//! `pseudonymise` keeps counts and costs under a random id, and leaves no byte of the user.
#![allow(clippy::unwrap_used)] // Clippy does not treat helpers as test code.

mod support;

use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use rusqlite::Connection;
use support::{
    TIMEOUT, assert_index_matches_texts, dispatch, folder, query_number, record_into, rows,
};
use tracing::{info, info_span};
use whose::{Breadcrumb, RecordSink, Scope, User};
use whose_store::{
    Access, AccessFilter, AccessLog, AccessWay, Eraser, ForgetReport, Queries, Query, Reader,
    RecordRow, Retention, SearchFilter, Store, StoreError, Usage,
};

/// A word of every value of the user.
const MARK: &str = "zqalice";

/// Records of one user with the word in every value, in two sessions.
fn record_user(mark: &str) {
    let user = User::new(mark)
        .with_email(format!("x{mark}@example.com"))
        .with_full_name(format!("{mark} Doe"))
        .with_ip_address(format!("ip-of-{mark}"))
        .with_attr("plan", format!("plan of {mark}"));
    for session in ["one", "two", "two"] {
        let scope = whose::user(&user)
            .session(format!("{session}-of-{mark}"))
            .conversation(format!("talk of {mark}"))
            .actor(format!("operator of {mark}"))
            .tag("name", mark)
            .extra("note", mark);
        scope.in_scope(|| {
            let _span = info_span!("answer", order = mark).entered();
            info!(order = mark, number = 17, "asks about {mark}");
            whose::add_breadcrumb(Breadcrumb::new(format!("opened {mark}")));
            whose::flag("variant", format!("of {mark}"));
            whose::capture_message(format!("no page for {mark}"));
            whose::usage("gpt-4o-2024-08-06")
                .input_tokens(1_000)
                .output_tokens(200)
                .record();
            info!(
                gen_ai.request.model = "gpt-4o-2024-08-06",
                gen_ai.usage.input_tokens = 10,
                gen_ai.agent.name = format!("agent of {mark}"),
            );
            whose::score(format!("quality of {mark}"), 0.5).record();
            let run = whose::monitor(format!("job of {mark}")).start();
            run.failed(format!("no import for {mark}"));
        });
    }
    // Before the login, without a user.
    Scope::isolated().in_scope(|| {
        info!("looks at {mark}");
        whose::set_user(User::new(mark));
    });
}

fn store_of(path: &Path, users: &[&str]) -> Store {
    let store = Store::open(path).unwrap();
    record_into(&store, || users.iter().for_each(|user| record_user(user)));
    assert!(store.flush(TIMEOUT).is_complete());
    store
}

fn is_in_files(path: &Path, word: &str) -> bool {
    ["", "-wal", "-shm"].iter().any(|end| {
        let mut name = path.as_os_str().to_owned();
        name.push(end);
        let bytes = fs::read(name).unwrap_or_default();
        bytes
            .windows(word.len())
            .any(|part| part == word.as_bytes())
    })
}

fn trail(reader: &Reader, user: &str) -> Vec<RecordRow> {
    rows(reader.audit(user, &Query::all()))
}

/// What has to stay: the usage, and the shape of each record.
fn shape(reader: &Reader, user: &str) -> (Usage, Vec<String>) {
    let usage = reader.user(user, &Query::all()).unwrap().unwrap().usage;
    let shape = trail(reader, user).into_iter().map(|row| {
        format!(
            "{:?}",
            (
                (
                    row.id,
                    row.time,
                    row.duration_ns,
                    row.record_type,
                    row.level
                ),
                (row.trace_id, row.span_id, row.parent_id, row.kind),
                (
                    row.model,
                    row.cost_usd,
                    row.failed,
                    row.fingerprint,
                    row.line
                ),
            )
        )
    });
    (usage, shape.collect())
}

#[test]
fn records_keep_shape_and_cost_under_random_id_without_content() {
    let folder = folder();
    let path = folder.path().join("whose.db");
    let store = store_of(&path, &[MARK, "bob"]);
    let access = Access::new("support", AccessWay::Page, "/person", MARK);
    let log = AccessLog::open(&path).unwrap();
    log.append(&[access.reason(format!("a call of x{MARK}@example.com"))])
        .unwrap();
    // A reader that keeps sums from before.
    let reader = Reader::open(&path).unwrap();
    let before = shape(&reader, MARK);
    let mut totals = reader.totals(&Query::all()).unwrap();
    // The record from before the login.
    totals.without_user -= 1;
    let bob = format!("{:?}", trail(&reader, "bob"));

    let report = store.pseudonymise(MARK).unwrap();
    assert!(
        report.is_complete() && report.mentions.is_empty(),
        "{report:?}"
    );
    let records = before.1.len() as u64;
    assert_eq!((report.records, report.pseudonymised), (0, records));
    assert_eq!((report.late_records, report.reasons), (1, 1));
    assert!(!is_in_files(&path, MARK));
    assert_index_matches_texts(&path);

    let pseudonym = report.pseudonym.unwrap();
    assert!(pseudonym.starts_with("pseudonym-"), "{pseudonym}");
    assert_eq!(shape(&reader, &pseudonym), before);
    assert_eq!(reader.totals(&Query::all()).unwrap(), totals);
    assert_eq!(format!("{:?}", trail(&reader, "bob")), bob);
    let sessions = rows(reader.sessions(Some(&pseudonym), &Query::all()));
    let spans: Vec<_> = sessions.iter().map(|row| row.counts.spans).collect();
    assert_eq!(spans, [2, 1], "{sessions:?}");
    for row in trail(&reader, &pseudonym) {
        assert_eq!((row.message, row.actor), (None, None));
        assert!(
            row.tags.is_empty() && row.fields.is_empty(),
            "{:?}",
            row.fields
        );
    }
    assert!(matches!(
        reader.audit(MARK, &Query::all()),
        Err(StoreError::UnknownUser { .. })
    ));
    let viewed = reader.accesses(&AccessFilter::new().user(MARK), &Query::all());
    assert_eq!(rows(viewed).len(), 1);
    assert_eq!(reader.access_chain().unwrap().fault, None);
    assert!(reader.check().unwrap().is_intact());
}

#[test]
fn late_records_are_rejected_and_new_ones_belong_to_a_new_user() {
    let folder = folder();
    let path = folder.path().join("whose.db");
    let store = store_of(&path, &[MARK]);
    let late = tracing::dispatcher::with_default(&dispatch(&store), || {
        whose::user(MARK).in_scope(|| info_span!("began before"))
    });
    let report = store.pseudonymise(MARK).unwrap();
    tracing::dispatcher::with_default(&dispatch(&store), || drop(late));
    record_into(&store, || whose::user(MARK).in_scope(|| info!("again")));
    assert!(store.flush(TIMEOUT).is_complete());
    assert_eq!(store.stats().forgotten, 1);
    let reader = Reader::open(&path).unwrap();
    assert_eq!(trail(&reader, MARK).len(), 1);
    let kept = trail(&reader, &report.pseudonym.unwrap()).len() as u64;
    assert_eq!(kept, report.pseudonymised);

    // Each time, the user gets another pseudonym; and an erasure takes the new records alone.
    let forgotten = store.forget(MARK).unwrap();
    assert_eq!((forgotten.records, forgotten.pseudonym), (1, None));
    assert!(!is_in_files(&path, MARK));
}

#[test]
fn interrupted_run_is_completed_by_the_next() {
    let folder = folder();
    let path = folder.path().join("whose.db");
    let store = store_of(&path, &[MARK, "bob", "carol"]);
    let reader = Reader::open(&path).unwrap();
    let access = Access::new("support", AccessWay::Page, "/person", "carol");
    let log = AccessLog::open(&path).unwrap();
    log.append(&[access.reason(format!("as x{MARK}@example.com does"))])
        .unwrap();
    // The second transaction, which moves records, fails.
    let file = Connection::open(&path).unwrap();
    let failing = "CREATE TRIGGER stop BEFORE UPDATE OF user ON records
        WHEN NEW.id % 7 = 5 BEGIN SELECT RAISE(ABORT, 'stopped'); END";
    file.execute_batch("DELETE FROM links").unwrap();
    let before = shape(&reader, MARK);
    file.execute_batch(failing).unwrap();
    store.pseudonymise(MARK).unwrap_err();
    let pending = "SELECT count(*) FROM erasing";
    assert_eq!(query_number(&path, pending), 1);
    file.execute_batch("DROP TRIGGER stop").unwrap();

    // Retention of another process meanwhile takes nothing away.
    let nothing = Retention::new().days(1_000);
    Eraser::open(&path).unwrap().keep(&nothing).unwrap();
    let report: ForgetReport = store.forget("bob").unwrap();
    assert_eq!(report.pseudonym, None);
    // No run knows the email address any more, so the first transaction has erased the reason.
    assert!(!is_in_files(&path, &format!("x{MARK}@example.com")));
    assert_eq!(report.pseudonymised, before.1.len() as u64);
    assert_eq!(query_number(&path, pending), 0);
    let users = rows(reader.users(&Query::all()));
    let mut ids = users.iter().filter_map(|user| user.id.clone());
    let kept = ids.find(|id| id.starts_with("pseudonym-")).unwrap();
    assert_eq!(shape(&reader, &kept), before);
    assert_eq!(
        query_number(
            &path,
            "SELECT count(*) FROM sessions WHERE previous IS NOT NULL"
        ),
        0
    );
}

#[test]
fn retention_erases_pseudonyms_as_other_users() {
    let folder = folder();
    let path = folder.path().join("whose.db");
    let store = store_of(&path, &[MARK]);
    store.pseudonymise(MARK).unwrap();
    let all = Retention::new().max_bytes(1);
    store.keep(&all).unwrap();
    for table in [
        "records", "users", "sessions", "texts", "usages", "failures",
    ] {
        let count = format!("SELECT count(*) FROM {table}");
        assert_eq!(query_number(&path, &count), 0, "{table}");
    }
    let reader = Reader::open(&path).unwrap();
    assert!(rows(reader.search(&SearchFilter::new("pseudonym"), &Query::all())).is_empty());
}

#[test]
fn retention_beside_it_deletes_nothing_that_a_moved_record_needs() {
    static ENDS: AtomicBool = AtomicBool::new(false);
    /// Ends the other thread, also where an assertion fails.
    struct End;
    impl Drop for End {
        fn drop(&mut self) {
            ENDS.store(true, Ordering::Relaxed);
        }
    }
    let folder = folder();
    let path = folder.path().join("whose.db");
    let names: Vec<_> = (0..30).map(|user| format!("{MARK}-{user}")).collect();
    let names: Vec<_> = names.iter().map(String::as_str).collect();
    let store = store_of(&path, &names);
    let reader = Reader::open(&path).unwrap();
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let nothing = Retention::new().days(1_000);
            while !ENDS.load(Ordering::Relaxed) {
                Eraser::open(&path).unwrap().keep(&nothing).unwrap();
            }
        });
        let _end = End;
        for name in &names {
            let records = trail(&reader, name).len();
            let report = store.pseudonymise(name).unwrap();
            let kept = trail(&reader, &report.pseudonym.unwrap());
            assert_eq!(kept.len(), records);
        }
    });
    let check = reader.check().unwrap();
    assert!(check.is_intact() && check.dangling.is_empty(), "{check:?}");
    assert_eq!(rows(reader.users(&Query::all())).len(), names.len());
}

#[test]
fn user_on_hold_is_not_pseudonymised() {
    let folder = folder();
    let path = folder.path().join("whose.db");
    let store = store_of(&path, &[MARK]);
    let reader = Reader::open(&path).unwrap();
    let before = format!("{:?}", trail(&reader, MARK));
    Eraser::open(&path).unwrap().hold(MARK, "case 17").unwrap();
    let refused = store.pseudonymise(MARK);
    assert!(
        matches!(refused, Err(StoreError::OnHold { .. })),
        "{refused:?}"
    );
    assert_eq!(format!("{:?}", trail(&reader, MARK)), before);
}
