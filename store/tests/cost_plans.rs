//! The plans of the queries of one user or session: they use its index, and scan no table.
#![allow(clippy::unwrap_used)] // Clippy does not treat helpers as test code.

mod support;

use rusqlite::Connection;
use support::{folder, record_call, recorded};
use whose_store::{CostFilter, GraphFilter, GroupBy, Queries, Query, TimeBucket};

#[test]
fn costs_and_graph_of_a_user_or_session_are_read_by_index() {
    let folder = folder();
    let (mut reader, _store) = recorded(folder.path(), || {
        whose::user("alice")
            .session("s-1")
            .in_scope(|| record_call("gpt-4o", 1, 1));
    });
    let file = Connection::open(folder.path().join("whose.db")).unwrap();
    let all = Query::all().since(whose::Timestamp::from_nanos(1));
    for (of, key, index) in [
        (GroupBy::User, "alice", "records_user"),
        (GroupBy::Session, "s-1", "records_session"),
    ] {
        let filter = CostFilter::new().only(of.clone(), key);
        let graph = match of {
            GroupBy::User => GraphFilter::new().user(key),
            _ => GraphFilter::new().session(key),
        };
        let statements = reader.statements_of(&mut |store| {
            let by = &GroupBy::Model;
            assert_eq!(
                store.filtered_cost(by, &filter, &all).unwrap().total.calls,
                1
            );
            let day = Some(TimeBucket::Day);
            store.cost_over_time(by, day, &filter, &all).unwrap();
            store.cost_changes(by, &filter, &all).unwrap();
            assert_eq!(store.graph(&graph, &all).unwrap().edges.len(), 1);
        });
        let of_calls = statements.iter().filter(|sql| sql.contains("usages g"));
        let mut plans = 0;
        for sql in of_calls {
            let mut plan = file.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
            let steps = plan.query_map((), |row| row.get::<_, String>(3)).unwrap();
            let steps: Vec<_> = steps.map(Result::unwrap).collect();
            let records = steps.iter().find(|step| step.contains(" r ")).unwrap();
            assert!(records.contains(index), "{sql}: {steps:#?}");
            let scanned = |step: &&String| step.starts_with("SCAN") && !step.contains("VIRTUAL");
            assert_eq!(steps.iter().find(scanned), None, "{sql}");
            plans += 1;
        }
        assert_eq!(plans, 4);
    }
}
