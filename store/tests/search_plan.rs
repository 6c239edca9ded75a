//! A search uses the most selective index, and takes any number of conditions.
#![allow(clippy::unwrap_used)] // Clippy does not treat helpers as test code.

mod support;

use support::{folder, recorded, rows};
use tracing::info;
use whose_store::{Queries, Query, SearchCondition, SearchField, SearchFilter, ValueTest};

#[test]
fn thousands_of_conditions_are_no_error() {
    let folder = folder();
    let (reader, _store) = recorded(folder.path(), || {
        whose::user("alice").in_scope(|| info!("the card was declined"));
    });
    let count = |conditions: &dyn Fn(usize) -> SearchCondition| {
        let filter = (0..3_000)
            .map(conditions)
            .fold(SearchFilter::all(), SearchFilter::with);
        rows(reader.search(&filter, &Query::all())).len()
    };
    let user = |_| SearchCondition::field(SearchField::User, ValueTest::Present);
    assert_eq!(count(&user), 1);
    assert_eq!(count(&|_| SearchCondition::words("card")), 1);
    assert_eq!(
        count(&|number| SearchCondition::words(format!("no{number}")).negated()),
        1
    );
    assert_eq!(
        count(&|number| SearchCondition::words(format!("no{number}"))),
        0
    );
    let name = |number| {
        let name = ValueTest::Is(format!("name {number}"));
        SearchCondition::field(SearchField::Field(format!("k{number}")), name)
    };
    assert_eq!(count(&name), 0);
    assert_eq!(count(&|number| name(number).negated()), 1);
}

#[test]
fn negated_text_without_a_word_excludes_nothing() {
    let folder = folder();
    let (reader, _store) = recorded(folder.path(), || info!("party 🎉"));
    let negated = |words: &str| SearchCondition::words(words).negated();
    for filter in [
        SearchFilter::new("party").with(negated("🎉")),
        SearchFilter::all().with(negated("🎉")),
        SearchFilter::all().with(negated("")),
        SearchFilter::new("🎉 party").with(negated("absent")),
    ] {
        assert_eq!(
            rows(reader.search(&filter, &Query::all())).len(),
            1,
            "{filter:?}"
        );
    }
    let neither = SearchFilter::new("🎉").with(negated("absent"));
    assert!(rows(reader.search(&neither, &Query::all())).is_empty());
}

#[test]
fn text_with_many_records_is_looked_up_in_each_partition() {
    let folder = folder();
    let (mut reader, _store) = recorded(folder.path(), || info!("the same text"));
    let file = rusqlite::Connection::open(folder.path().join("whose.db")).unwrap();
    file.execute_batch(
        "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 70000)
        INSERT INTO records (site, traits, text, start)
          SELECT site, traits, text, start + i FROM records, n;
        DELETE FROM part_times;",
    )
    .unwrap();
    let statements = reader.statements_of(&mut |store| {
        let newest = rows(store.search(&SearchFilter::new("same"), &Query::new().limit(2)));
        assert_eq!(
            newest.iter().map(|row| row.id).collect::<Vec<_>>(),
            [70_001, 70_000]
        );
    });
    let by_text =
        |sql: &String| sql.contains("INDEXED BY records_text\n") && sql.contains("r.text = 1");
    assert!(statements.iter().any(by_text), "{statements:?}");
    let all = reader
        .search(&SearchFilter::new("same"), &Query::all())
        .unwrap();
    assert_eq!(all.count(), 70_001);
}

#[test]
fn search_uses_the_most_selective_index() {
    let folder = folder();
    let (mut reader, _store) = recorded(folder.path(), || {
        whose::user("alice").session("s-1").in_scope(|| {
            (0..300).for_each(|step| info!("step {step} of many"));
            info!("a rare word");
            whose::usage("gpt-4o")
                .input_tokens(1)
                .output_tokens(1)
                .record();
        });
        whose::capture_message("refused");
    });
    let field = SearchCondition::field;
    let print = rows(reader.search(&SearchFilter::new("refused"), &Query::all()));
    let print = print[0].fingerprint.clone().unwrap();
    let is = |text: &str| ValueTest::Is(text.to_owned());
    for (filter, index) in [
        (SearchFilter::new("rare").user("alice"), "FROM json_each("),
        (
            SearchFilter::new("many").user("alice"),
            "INDEXED BY records_user",
        ),
        (
            SearchFilter::new("many").user("alice").session("s-1"),
            "INDEXED BY records_session",
        ),
        (
            SearchFilter::all().with(field(SearchField::Fingerprint, is(&print))),
            "INDEXED BY failures_kind",
        ),
        (
            SearchFilter::all().with(field(SearchField::Model, is("gpt-4o"))),
            "FROM usages d",
        ),
        (
            SearchFilter::all().with(field(SearchField::Reason, ValueTest::Present)),
            "INDEXED BY records_nobody",
        ),
        (
            SearchFilter::all().with(field(SearchField::Type, is("error"))),
            "FROM json_each(",
        ),
        (SearchFilter::all(), "NOT INDEXED"),
    ] {
        let statements = reader.statements_of(&mut |store| {
            assert!(
                !rows(store.search(&filter, &Query::all())).is_empty(),
                "{filter:?}"
            );
        });
        let finds = |sql: &&String| sql.starts_with("SELECT r.start, r.id, r.text");
        let found = statements.iter().find(finds).unwrap();
        assert!(found.contains(index), "{filter:?}: {found}");
    }
    // No record is read where none can match.
    for filter in [
        SearchFilter::new("absent"),
        SearchFilter::all().user("mallory"),
        SearchFilter::all().with(field(SearchField::Model, is("absent"))),
        SearchFilter::all().with(field(SearchField::Name, is("absent"))),
    ] {
        let statements = reader.statements_of(&mut |store| {
            assert!(
                rows(store.search(&filter, &Query::all())).is_empty(),
                "{filter:?}"
            );
        });
        let reads = |sql: &String| sql.starts_with("SELECT r.start, r.id, r.text");
        assert!(!statements.iter().any(reads), "{statements:?}");
    }
}
