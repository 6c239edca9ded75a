//! `forget` leaves no byte of the user in the three files of a store.
#![allow(clippy::unwrap_used)] // Clippy does not treat helpers as test code.

mod support;

use std::fs;
use std::path::{Path, PathBuf};

use support::{TIMEOUT, assert_index_matches_texts, folder, query_number, record_into, rows};
use tracing::info;
use whose::{Breadcrumb, RecordSink, Scope, User};
use whose_store::{Queries, Query, Reader, SearchFilter, Store, WhenFull};

const USERS: usize = 200;
const RECORDS: usize = 100_000;
/// The records of one user: a run of a job has one more, its end.
const OF_USER: usize = RECORDS / USERS + RECORDS / USERS / 50;
/// The forgotten users, one after another. Each erasure moves rows of later ones.
const FORGOTTEN: [usize; 4] = [150, 7, 8, 64];

/// A word that only the records of one user contain. Its order is random, so that index rows are
/// spread.
fn unique_word(user: usize) -> String {
    format!("zq{:08x}", (user as u32 + 1).wrapping_mul(2_654_435_761))
}

/// One record of a user. Half of the messages are equal for all users.
fn record_step(user: usize, round: usize) {
    let mark = unique_word(user);
    // Each email address replaces the one before, with another length.
    let email = format!("{}{mark}@example.com", "e".repeat(1 + round / 50 * 7));
    let person = User::new(format!("user-{mark}"))
        .with_email(email)
        .with_attr("plan", format!("plan {} of {mark}", round / 50));
    let work = || match round % 10 {
        0 => info!(
            order = format!("order-{round}-{mark}"),
            "asks about {mark} {round}"
        ),
        1 => info!(round, "note {mark}{round}"),
        2 if round % 50 == 2 => {
            whose::add_breadcrumb(Breadcrumb::new(format!("opened {mark}")));
            whose::flag("variant", format!("of {mark}"));
            whose::capture_message(format!("no page for {mark}"));
        }
        5 if round % 50 == 5 => {
            let score = whose::score(format!("quality of {mark}"), &*mark);
            score.comment(format!("because of {mark}")).record();
        }
        6 if round % 50 == 6 => info!(
            gen_ai.request.model = "m",
            gen_ai.usage.input_tokens = 1,
            gen_ai.agent.name = format!("agent of {mark}"),
            gen_ai.tool.name = format!("tool of {mark}"),
        ),
        7 if round % 50 == 7 => {
            let run = whose::monitor(format!("job of {mark}")).start();
            run.failed(format!("no import for {mark}"));
        }
        3..5 => info!(round, "served by {}", round % 7),
        _ => info!(round, "request served"),
    };
    whose::user(person)
        .session(format!("session-{}-{mark}", round / 100))
        .tag("name", &mark)
        .actor(format!("operator of {mark}"))
        .in_scope(|| Scope::isolated().in_scope(work));
}

fn files(path: &Path) -> [PathBuf; 3] {
    ["", "-wal", "-shm"].map(|end| {
        let mut name = path.as_os_str().to_owned();
        name.push(end);
        name.into()
    })
}

/// Whether one of the files contains the word.
fn is_in_files(path: &Path, word: &str) -> bool {
    files(path).iter().any(|file| {
        let bytes = fs::read(file).unwrap();
        // Much faster than a comparison at every byte.
        let mut rest = &bytes[..];
        while let Some(at) = rest.iter().position(|byte| *byte == word.as_bytes()[0]) {
            if rest[at..].starts_with(word.as_bytes()) {
                return true;
            }
            rest = &rest[at + 1..];
        }
        false
    })
}

/// Everything of a user: the trail, and the results of a search.
fn rows_of_user(reader: &Reader, user: usize) -> String {
    let mark = unique_word(user);
    let trail = rows(reader.audit(&format!("user-{mark}"), &Query::all()));
    let search = |words: String| rows(reader.search(&SearchFilter::new(words), &Query::all()));
    let found = search(format!("\"asks about {mark}\""));
    assert!(!trail.is_empty() && !found.is_empty());
    serde_json::to_string(&(trail, found)).unwrap()
}

#[test]
fn forget_removes_every_byte_of_only_one_user() {
    let folder = folder();
    let path = folder.path().join("whose.db");
    let store = Store::builder(&path)
        .when_full(WhenFull::Block)
        .open()
        .unwrap();
    record_into(&store, || {
        for round in 0..RECORDS / USERS {
            (0..USERS).for_each(|user| record_step(user, round));
            if round % 25 == 0 {
                // Small transactions, so that the full-text index has many segments to merge.
                assert!(store.flush(TIMEOUT).is_complete());
            }
        }
    });
    assert!(store.flush(TIMEOUT).is_complete());
    let everybody = |reader: &Reader| {
        let stay = (0..USERS).filter(|user| !FORGOTTEN.contains(user));
        stay.map(|user| rows_of_user(reader, user))
            .collect::<Vec<_>>()
    };
    let before = everybody(&Reader::open(&path).unwrap());

    for user in FORGOTTEN {
        let mark = unique_word(user);
        assert!(is_in_files(&path, &mark));
        let forgotten = store.forget(&format!("user-{mark}")).unwrap();
        assert!(
            forgotten.is_complete() && forgotten.mentions.is_empty(),
            "{forgotten:?}"
        );
        assert_eq!(forgotten.records, OF_USER as u64);
        assert!(!is_in_files(&path, &mark), "user {user}");
    }
    assert!(
        everybody(&Reader::open(&path).unwrap()) == before,
        "other users keep everything"
    );
    assert_index_matches_texts(&path);
    let left = ((USERS - FORGOTTEN.len()) * OF_USER) as i64;
    assert_eq!(query_number(&path, "SELECT count(*) FROM records"), left);
    for file in files(&path) {
        assert!(file.exists(), "the store is open");
    }
}
