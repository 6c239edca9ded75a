//! A search finds the records that a filter over all rows finds, in every combination of conditions.
#![allow(clippy::unwrap_used)] // Clippy does not treat helpers as test code.
#![allow(clippy::cast_precision_loss, clippy::float_cmp)] // As in the conditions.

mod model;
mod workload;

use std::time::Duration;

use model::{Attributes, Condition};
use proptest::prelude::*;
use whose_store::{Queries, Query, Reader, RecordRow, SearchFilter, Timestamp};

/// Longer than any wait needs. An assertion follows each wait.
pub(crate) const TIMEOUT: Duration = Duration::from_secs(60);

fn typed(conditions: &[Condition]) -> SearchFilter {
    let conditions = conditions.iter().map(Condition::typed);
    conditions.fold(SearchFilter::all(), SearchFilter::with)
}

fn ids(reader: &Reader, filter: &SearchFilter, query: &Query) -> Vec<i64> {
    let found = reader.search(filter, query).unwrap();
    found.map(|record| record.unwrap().id).collect()
}

/// Every row, newest first, without a search.
fn every_row(reader: &Reader) -> Vec<RecordRow> {
    let ids = (1..1_000).map(|number| number * 3_000);
    let mut rows: Vec<_> = ids.filter_map(|id| reader.record(id).unwrap()).collect();
    rows.sort_by_key(|row| std::cmp::Reverse((row.time, row.id)));
    rows
}

fn attributes(reader: &Reader) -> Attributes {
    let users = reader.users(&Query::all()).unwrap().map(Result::unwrap);
    let users = users.map(|user| {
        let mut attributes = user.attrs;
        if let Some(email) = user.email {
            attributes.insert("email".into(), email.into());
        }
        (user.id.unwrap(), attributes)
    });
    users.collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 10, max_shrink_iters: 200, ..ProptestConfig::default() })]

    /// With 200 texts of their own, the words are looked up in the index; with 400, the texts of the
    /// records are checked.
    #[test]
    fn search_finds_what_a_filter_over_all_rows_finds(
        steps in workload::steps(),
        filler in prop::sample::select(&[0_usize, 100, 200][..]),
        filters in prop::collection::vec(model::conditions(), 100),
        cut in 0..400_usize,
    ) {
        let folder = tempfile::tempdir().unwrap();
        let reader = workload::store_of(folder.path(), &steps, filler);
        let (rows, users) = (every_row(&reader), attributes(&reader));
        prop_assert!(!rows.is_empty());
        for conditions in &filters {
            let holds = |row: &&RecordRow| conditions.iter().all(|it| it.holds(row, &users));
            let expected: Vec<_> = rows.iter().filter(holds).map(|row| row.id).collect();
            let filter = typed(conditions);
            let found = ids(&reader, &filter, &Query::all());
            prop_assert_eq!(&found, &expected, "{:?}", conditions);

            let first = ids(&reader, &filter, &Query::new().limit(3));
            prop_assert_eq!(&*first, &expected[..expected.len().min(3)], "limited: {:?}", conditions);
            if let Some(last) = first.last() {
                let rest = ids(&reader, &filter.clone().before(*last), &Query::all());
                prop_assert_eq!(&*rest, &expected[first.len()..], "paged: {:?}", conditions);
            }
            let time = rows[cut % rows.len()].time;
            let since = ids(&reader, &filter.clone().since(time), &Query::all());
            let until = ids(&reader, &filter.until(time), &Query::all());
            prop_assert_eq!([since, until].concat(), expected, "in two times: {:?}", conditions);
        }
    }
}

#[test]
fn time_ranges_of_filter_and_query_hold_together() {
    let at = Timestamp::from_nanos;
    let folder = tempfile::tempdir().unwrap();
    let store = whose_store::Store::open(folder.path().join("whose.db")).unwrap();
    drop(store);
    let reader = Reader::open(folder.path().join("whose.db")).unwrap();
    let file = rusqlite::Connection::open(folder.path().join("whose.db")).unwrap();
    file.execute_batch(
        "PRAGMA foreign_keys = OFF;
        INSERT INTO records (site, traits, text, start) VALUES (1, 1, 1, 10), (1, 1, 1, 20), (1, 1, 1, 30);",
    )
    .unwrap();
    let all = SearchFilter::all();
    let query = Query::all().since(at(10)).until(at(30));
    assert_eq!(ids(&reader, &all, &query), [2, 1]);
    assert_eq!(
        ids(&reader, &all.clone().since(at(20)).since(at(5)), &query),
        [2]
    );
    assert_eq!(
        ids(&reader, &all.clone().until(at(20)).until(at(99)), &query),
        [1]
    );
    assert_eq!(ids(&reader, &all.until(at(99)), &Query::all()), [3, 2, 1]);
}
