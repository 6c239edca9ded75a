//! Full-text search finds every record with the words, and no other record.
#![allow(clippy::unwrap_used)] // Clippy does not treat helpers as test code.

mod support;

use std::time::{Duration, Instant};

use proptest::prelude::*;
use support::{
    TIMEOUT, assert_index_matches_texts, folder, messages, record_into, recorded, rows,
    search_messages,
};
use tracing::{info, info_span};
use whose_store::{Queries, Query, Reader, SearchFilter, Store};

#[test]
fn word_in_any_searched_column_finds_record() {
    let folder = folder();
    let (reader, _store) = recorded(folder.path(), || {
        whose::user("alice").session("s-1").in_scope(|| {
            let span = info_span!("charge_card", city = "São Paulo", amount = 12);
            span.in_scope(|| info!("Payment declined"));
            let cause = std::io::Error::other("no route to host");
            whose::capture_error(&std::io::Error::new(std::io::ErrorKind::TimedOut, cause));
        });
        info!(reason = "the card was late", "nothing happened");
    });
    assert_eq!(search_messages(&reader, "declined"), ["Payment declined"]);
    assert_eq!(
        search_messages(&reader, "charge_card"),
        ["charge_card"],
        "by name"
    );
    assert_eq!(
        search_messages(&reader, "charge"),
        ["charge_card"],
        "by a word of the name"
    );
    assert_eq!(
        search_messages(&reader, "SAO paulo"),
        ["charge_card"],
        "by field"
    );
    assert_eq!(
        search_messages(&reader, "card"),
        ["nothing happened", "charge_card"],
        "newest first"
    );
    assert_eq!(search_messages(&reader, "route host").len(), 1, "by cause");
    assert_eq!(
        search_messages(&reader, "io::error::Error").len(),
        1,
        "by error type"
    );
    assert_eq!(
        search_messages(&reader, "late nothing"),
        ["nothing happened"],
        "words of several columns"
    );
    assert_eq!(
        search_messages(&reader, "late declined"),
        [""; 0],
        "all words in one record"
    );

    let charge = &rows(reader.search(&SearchFilter::new("paulo"), &Query::all()))[0];
    assert_eq!(
        (charge.user.as_deref(), charge.session.as_deref()),
        (Some("alice"), Some("s-1"))
    );
    assert_eq!(charge.fields["city"], "São Paulo");
    assert_eq!(charge.fields["amount"], 12);
}

#[test]
fn phrase_and_prefix_search_find_records() {
    let folder = folder();
    let (reader, _store) = recorded(folder.path(), || {
        info!("the red bicycle is late");
        info!("a bicycle, red and late");
        info!(first = "red", second = "bicycle", "fields");
        info!(
            first = "bicycle",
            second = "red",
            "fields the other way round"
        );
    });
    assert_eq!(search_messages(&reader, "red bicycle").len(), 4);
    assert_eq!(
        search_messages(&reader, "\"red bicycle\""),
        ["the red bicycle is late"]
    );
    assert_eq!(
        search_messages(&reader, "\"bicycle red\""),
        ["a bicycle, red and late"]
    );
    assert_eq!(
        search_messages(&reader, "\"is late\" red"),
        ["the red bicycle is late"]
    );
    assert_eq!(search_messages(&reader, "bicy* la*").len(), 2);
    assert_eq!(
        search_messages(&reader, "bicy"),
        [""; 0],
        "only whole words match"
    );
}

#[test]
fn search_filter_limits_user_and_session() {
    let folder = folder();
    let (reader, _store) = recorded(folder.path(), || {
        for step in 0..6 {
            let user = ["alice", "bob"][step % 2];
            let session = format!("s-{}", step % 3);
            // The text is the same, so only the record distinguishes the users.
            whose::user(user)
                .session(session)
                .in_scope(|| info!("the same words"));
        }
        whose::user("carol")
            .session("s-1")
            .in_scope(|| info!("others"));
    });
    let search = || SearchFilter::new("same words");
    for user in ["alice", "bob"] {
        let records = rows(reader.search(&search().user(user), &Query::all()));
        assert_eq!(records.len(), 3);
        assert!(
            records
                .iter()
                .all(|record| record.user.as_deref() == Some(user))
        );
    }
    assert!(rows(reader.search(&search().user("carol"), &Query::all())).is_empty());
    let of_session = rows(reader.search(&search().session("s-1"), &Query::all()));
    assert_eq!(of_session.len(), 2);
    assert!(
        of_session
            .iter()
            .all(|record| record.session.as_deref() == Some("s-1"))
    );
    let of_both = rows(reader.search(&search().session("s-1").user("alice"), &Query::all()));
    assert_eq!(of_both.len(), 1);
    assert_eq!(of_both[0].user.as_deref(), Some("alice"));
    for unknown in [search().user("mallory"), search().session("s-9")] {
        assert!(rows(reader.search(&unknown, &Query::all())).is_empty());
    }
}

#[test]
fn search_pages_are_contiguous() {
    // Past the limit of text lookups, the records are scanned instead.
    for own in [10_u64, 1] {
        let folder = folder();
        let (reader, _store) = recorded(folder.path(), || {
            for step in 0..5_000_u64 {
                whose::user(step % 7).in_scope(|| info!("step {}", step / own * own));
            }
        });
        for user in [None, Some("3")] {
            let search = |before| {
                let search = SearchFilter::new("step").before(before);
                user.map_or(search.clone(), |user| search.user(user))
            };
            let mut pages = Vec::new();
            let mut before = i64::MAX;
            loop {
                let page = rows(reader.search(&search(before), &Query::new().limit(900)));
                assert!(page.len() <= 900);
                let Some(last) = page.last() else { break };
                before = last.id;
                pages.extend(page);
            }
            let ids: Vec<_> = pages.iter().map(|record| record.id).collect();
            assert!(ids.is_sorted_by(|a, b| a > b), "newest first, each once");
            assert_eq!(ids.len(), if user.is_some() { 714 } else { 5_000 });
        }
        assert!(rows(reader.search(&SearchFilter::new("step"), &Query::new().limit(0))).is_empty());
    }
}

#[test]
fn no_search_input_is_an_error() {
    let folder = folder();
    let (reader, _store) = recorded(folder.path(), || {
        info!("a \"quoted\" word NEAR the end OR not, and a party 🎉");
    });
    let long = "x".repeat(10_000);
    let many = "word ".repeat(2_000);
    let quotes = "\"".repeat(10_001);
    for nothing in [
        "",
        " ",
        "\"",
        "\"\"",
        "*",
        "* *",
        "\"*\"",
        "🎉",
        "()",
        "\0",
        "'",
        "\u{1b}[2J",
        "--",
        ":",
        &long,
        &quotes,
        "absent:word",
        "word; DROP TABLE records",
        "-word",
        "\\",
        "{word absent} : x",
    ] {
        let expected = usize::from(nothing == "-word");
        assert_eq!(
            search_messages(&reader, nothing).len(),
            expected,
            "{nothing:?}"
        );
    }
    for something in [
        "\"quoted\"",
        "NEAR",
        "near(the",
        "OR",
        "NOT",
        "AND",
        "party 🎉",
        "🎉 party",
        "word\0party",
        "(word)",
        "\"near the end",
        "word*",
        "wo** \"\"",
        "quoted\" word",
        "+party",
        "'word'",
        "^word NOT word",
        &many,
    ] {
        assert_eq!(
            search_messages(&reader, something).len(),
            1,
            "{something:?}"
        );
    }
}

#[test]
fn hostile_text_is_found_and_round_trips() {
    let folder = folder();
    let hostile = "'; DROP\0TABLE \u{1b}[31m\u{202e}\u{e000}\n\"\\%_ naïve 日本語";
    let (reader, _store) = recorded(folder.path(), || {
        info!(field = hostile, "{hostile}");
        info!(other = hostile, "second");
    });
    for words in ["drop", "naive", "日本語", "31m"] {
        let records = rows(reader.search(&SearchFilter::new(words), &Query::all()));
        assert_eq!(messages(&records), ["second", hostile], "{words}");
        assert_eq!(records[0].fields["other"], hostile);
        assert_eq!(records[1].fields["field"], hostile);
    }
    assert_index_matches_texts(&folder.path().join("whose.db"));
}

#[test]
fn record_is_found_within_a_second_without_flush() {
    let folder = folder();
    let path = folder.path().join("whose.db");
    let store = Store::open(&path).unwrap();
    let reader = Reader::open(&path).unwrap();
    record_into(&store, || info!("soon to be seen"));
    let since = Instant::now();
    while search_messages(&reader, "soon").is_empty() {
        assert!(since.elapsed() < TIMEOUT, "{:?}", store.stats());
        std::thread::sleep(Duration::from_millis(5));
    }
}

const PIECES: [&str; 18] = [
    "refund",
    "Paris",
    "no",
    "ref",
    "*",
    "\"",
    "\"no refund\"",
    " ",
    " ",
    " ",
    "AND",
    "NOT",
    "NEAR(",
    ")",
    "name:",
    "^",
    "-",
    "\0",
];

fn any_words() -> impl Strategy<Value = String> {
    let piece =
        prop_oneof![4 => prop::sample::select(&PIECES[..]).prop_map(String::from), 1 => ".{0,3}"];
    prop::collection::vec(piece, 0..8).prop_map(|pieces| pieces.concat())
}

/// `PROPTEST_CASES` sets the number of searches: see CONTRIBUTING.md.
#[test]
fn any_text_can_be_searched_for_and_more_words_find_no_more() {
    const MESSAGES: [&str; 5] = [
        "no refund",
        "refund to Paris",
        "Paris: no",
        "name AND NOT near",
        "*",
    ];
    let folder = folder();
    let (reader, _store) = recorded(folder.path(), || {
        MESSAGES.iter().for_each(|message| info!("{message}"));
    });
    proptest!(|(words in any_words(), more in any_words())| {
        let found = search_messages(&reader, &words);
        let both = search_messages(&reader, &format!("{words} {more}"));
        // A text without words finds nothing, and an open quote adds the next word to its phrase.
        if !found.is_empty() && !words.contains('"') {
            prop_assert!(both.iter().all(|message| found.contains(message)), "{:?}: {:?}", both, found);
        }
    });
}
