//! The sums that the writer keeps answer as the records themselves do, after writes, late logins,
//! erasures, deletions by hand, changed records and changed prices.
#![allow(clippy::unwrap_used)] // Clippy does not treat helpers as test code.

mod support;

use std::path::Path;

use proptest::prelude::*;
use rusqlite::Connection;
use support::{TIMEOUT, folder, query_number, record_into, rows};
use tracing::{Span, info, info_span};
use tracing_subscriber::prelude::*;
use whose::{RecordSink, Sampler, Scope};
use whose_store::{
    CostFilter, CostOverTime, DayActivity, GraphFilter, GroupBy, Prices, Queries, Query, Reader,
    Retention, Store, TimeBucket, Timestamp, Usage, UserFilter, UserPage, UserRow, UserSort,
    UserTrends, WhenFull,
};

/// Prices in dollars for a million tokens. The price of a long input begins between the calls below.
const PRICES: &str =
    "model,tier,valid_from,input,output,cache_read,audio_input,long_over,long_input,long_output
own-1,standard,,3,15,0.3,,,,
own-1,batch,,1,5,0.1,,,,
own-2,standard,,2,4,,9,150,20,40
own-2,standard,2026-01-01,1,2,,9,150,10,20
";

#[derive(Clone, Debug)]
enum Step {
    /// Records of a user (or nobody), into one of two stores of the file.
    Write {
        store: usize,
        user: u8,
        session: u8,
        records: u8,
    },
    Call {
        store: usize,
        user: u8,
        session: u8,
        call: u8,
    },
    /// A request whose user is known at its end, or never.
    Login {
        store: usize,
        user: u8,
        session: u8,
        calls: u8,
    },
    /// Records that stand for two each.
    Sampled {
        user: u8,
        records: u8,
    },
    Forget {
        user: u8,
    },
    /// Retention by age. Every record is older than that.
    KeepNothing,
    DeleteRecords {
        of: u8,
    },
    DeleteUsages {
        of: u8,
    },
    /// Moves records to another day.
    MoveTimes {
        of: u8,
        days: u8,
    },
    /// The next records are the last ones of a partition, and the first ones of the next.
    SkipToEndOfPartition,
}

fn step() -> impl Strategy<Value = Step> {
    let (store, user, session) = (0..2_usize, 0..5_u8, 0..4_u8);
    prop_oneof![
        6 => (store.clone(), user.clone(), session.clone(), 1..9_u8).prop_map(
            |(store, user, session, records)| Step::Write { store, user, session, records }),
        5 => (store.clone(), user.clone(), session.clone(), 0..12_u8).prop_map(
            |(store, user, session, call)| Step::Call { store, user, session, call }),
        3 => (store, user.clone(), session, 0..4_u8).prop_map(
            |(store, user, session, calls)| Step::Login { store, user, session, calls }),
        1 => (user.clone(), 1..9_u8).prop_map(|(user, records)| Step::Sampled { user, records }),
        1 => user.prop_map(|user| Step::Forget { user }),
        1 => Just(Step::KeepNothing),
        1 => (2..9_u8).prop_map(|of| Step::DeleteRecords { of }),
        1 => (2..9_u8).prop_map(|of| Step::DeleteUsages { of }),
        2 => (2..9_u8, 0..100_u8).prop_map(|(of, days)| Step::MoveTimes { of, days }),
        2 => Just(Step::SkipToEndOfPartition),
    ]
}

fn call(number: u8) {
    let length = u64::from(number) * 40;
    let call = whose::usage(["own-1", "own-2", "own-2", "unknown"][usize::from(number) % 4])
        .input_tokens(length)
        .output_tokens(7);
    match number % 5 {
        0 => call.service_tier("batch").record(),
        1 => call.cache_read_tokens(length / 2).record(),
        2 => call
            .cache_read_tokens(length + 9)
            .cache_write_1h_tokens(4)
            .record(),
        3 => call.audio_input_tokens(3).reasoning_tokens(9).record(),
        _ => call.record(),
    }
}

fn in_scope(user: u8, session: u8, work: impl FnOnce()) {
    let scope = match user {
        0 => Scope::isolated(),
        1 => Scope::anonymous(),
        user => Scope::isolated().user(format!("user-{user}")),
    };
    match session {
        0 => scope.in_scope(work),
        session => scope.session(format!("session-{session}")).in_scope(work),
    }
}

fn execute(path: &Path, sql: &str) {
    let file = Connection::open(path).unwrap();
    file.busy_timeout(TIMEOUT).unwrap();
    file.pragma_update(None, "foreign_keys", false).unwrap();
    file.execute_batch(sql).unwrap();
}

/// Moves each record whose row id is a multiple of `of` back in time.
fn move_times(path: &Path, of: u8, days: u8) {
    execute(
        path,
        &format!(
            "UPDATE records SET start = start - {days} * 86400000000000 WHERE id % {of} = 0;
             DELETE FROM part_times;
             INSERT INTO part_times
               SELECT id >> 16, min(start), max(start) FROM records GROUP BY 1"
        ),
    );
}

fn run(path: &Path, stores: &[Store; 2], step: &Step) {
    match *step {
        Step::Write {
            store,
            user,
            session,
            records,
        } => record_into(&stores[store], || {
            in_scope(user, session, || {
                for number in 0..records {
                    match number % 3 {
                        0 => info!("asks"),
                        1 => drop(info_span!("request")),
                        _ => {
                            whose::capture_message("declined");
                        }
                    }
                }
            });
        }),
        Step::Call {
            store,
            user,
            session,
            call: number,
        } => record_into(&stores[store], || {
            in_scope(user, session, || call(number));
        }),
        Step::Login {
            store,
            user,
            session,
            calls,
        } => record_into(&stores[store], || {
            Scope::isolated().in_scope(|| {
                (0..calls).for_each(call);
                info!("before");
                if user > 1 {
                    whose::set_user(format!("user-{user}"));
                }
                whose::set_session(format!("session-{session}"));
                info!("after");
            });
        }),
        Step::Sampled { user, records } => {
            let sampler = Sampler::new().rate(0.5);
            let layer = whose::layer().with_sink(sampler.sample(stores[0].clone()));
            tracing::subscriber::with_default(tracing_subscriber::registry().with(layer), || {
                for number in 0..records {
                    in_scope(user, 1, || {
                        let span = info_span!(parent: None, "sampled");
                        span.in_scope(|| call(number));
                    });
                }
            });
        }
        Step::Forget { user } => drop(stores[0].forget(&format!("user-{user}"))),
        Step::KeepNothing => {
            let tiny = Retention::new().max_age(std::time::Duration::from_nanos(1));
            stores[0].keep(&tiny).unwrap();
        }
        Step::DeleteRecords { of } => {
            execute(path, &format!("DELETE FROM records WHERE id % {of} = 0"));
        }
        Step::DeleteUsages { of } => {
            execute(path, &format!("DELETE FROM usages WHERE record % {of} = 0"));
        }
        Step::MoveTimes { of, days } => move_times(path, of, days),
        Step::SkipToEndOfPartition => execute(
            path,
            "UPDATE sqlite_sequence SET seq = max(seq, (seq | 65535) - 4) WHERE name = 'records'",
        ),
    }
    for store in stores {
        assert!(store.flush(TIMEOUT).is_complete());
    }
}

/// Everything that the sums answer.
#[derive(Debug, PartialEq)]
struct Answers {
    pages: Vec<UserPage>,
    costs: Vec<String>,
    total: Usage,
    over_time: Vec<CostOverTime>,
    /// One user and the days of the user.
    people: Vec<Option<(Option<UserRow>, Vec<DayActivity>)>>,
    /// The last days of the same users.
    trends: UserTrends,
}

const PEOPLE: [&str; 3] = ["user-2", "user-3", "user-4"];

fn answers(reader: &Reader, query: &Query) -> Answers {
    let sorts = ["seen", "cost", "records", "errors", "sessions", "tokens"];
    let page = |sort: &&str| {
        let filter = UserFilter::new().sort(sort.parse().unwrap());
        reader.user_page(&filter, query).unwrap()
    };
    let cost = |by: &GroupBy| {
        let report = reader.cost(by, query).unwrap();
        let mut rows: Vec<_> = report
            .rows
            .map(|row| format!("{:?}", row.unwrap()))
            .collect();
        // Groups of the same cost have no order that both ways share.
        rows.sort();
        format!(
            "{rows:?} {:?} {:?} {:?}",
            report.unpriced, report.unattributed, report.total
        )
    };
    let groups = [GroupBy::User, GroupBy::Model, GroupBy::Day];
    // Two series, so that other users are summed.
    let over_time = |by: &GroupBy| {
        let day = Some(TimeBucket::Day);
        let (filter, query) = (CostFilter::new(), query.limit(2));
        reader.cost_over_time(by, day, &filter, &query).unwrap()
    };
    // A user without a record is unknown.
    let person = |id: &str| {
        let days = reader.user_days(id, query).ok()?;
        Some((reader.user(id, query).unwrap(), days))
    };
    Answers {
        pages: sorts.iter().map(page).collect(),
        costs: groups.iter().map(cost).collect(),
        over_time: groups.iter().map(over_time).collect(),
        total: reader.cost(&GroupBy::User, query).unwrap().total,
        people: PEOPLE.map(person).into(),
        trends: reader.user_trends(&PEOPLE, query).unwrap(),
    }
}

fn by_id(users: impl IntoIterator<Item = UserRow>) -> Vec<UserRow> {
    let mut users: Vec<_> = users.into_iter().collect();
    users.sort_by(|one, other| one.id.cmp(&other.id));
    users
}

/// Compares the sums with the records: with a reader of a copy without sums, and with the queries that
/// read every record.
fn assert_sums_answer_as_records(path: &Path, readers: &[Reader]) {
    let copy = path.with_extension("copy");
    let _ = std::fs::remove_file(&copy);
    execute(path, &format!("VACUUM INTO '{}'", copy.display()));
    execute(&copy, "DELETE FROM rollups");
    let starts = Connection::open(path).unwrap();
    let starts: Vec<i64> = (starts
        .prepare("SELECT start FROM records ORDER BY start")
        .unwrap())
    .query_map((), |row| row.get(0))
    .unwrap()
    .map(Result::unwrap)
    .collect();
    let time = |index: usize| Timestamp::from_nanos(starts.get(index).copied().unwrap_or(0));
    let all = Query::all();
    let middle = all
        .since(time(starts.len() / 3))
        .until(time(starts.len() * 2 / 3));
    for reader in readers {
        let raw = Reader::open(&copy)
            .unwrap()
            .with_prices(reader.prices().clone());
        for query in [all, middle, all.since(time(starts.len() / 2))] {
            let answers = answers(reader, &query);
            assert_eq!(answers, self::answers(&raw, &query), "{query:?}");
            // These read every record or call, and know no sums.
            let users = by_id(rows(reader.users(&query)));
            for (user, days) in answers.people.iter().flatten() {
                let Some(user) = user else {
                    assert!(days.is_empty());
                    continue;
                };
                assert!(users.contains(user), "{query:?}");
                let records: u64 = days.iter().map(|day| day.counts.records()).sum();
                let cost = days
                    .iter()
                    .filter_map(|day| day.usage.cost_usd)
                    .reduce(|a, b| a + b);
                assert_eq!(
                    (records, cost),
                    (user.counts.records(), user.usage.cost_usd)
                );
            }
            assert_trends_are_days(reader, &answers.trends);
            for page in &answers.pages {
                assert_eq!(by_id(page.users.clone()), users, "{query:?}");
            }
            let sessions = reader.cost(&GroupBy::Session, &query).unwrap();
            assert_eq!(answers.total, sessions.total, "{query:?}");
            let by_user = reader.cost(&GroupBy::User, &query).unwrap();
            assert_eq!(by_user.unattributed, sessions.unattributed, "{query:?}");
            assert_eq!(by_user.unpriced, sessions.unpriced, "{query:?}");
        }
        assert_eq!(
            reader.totals(&all).unwrap().counts.records() > 0,
            !starts.is_empty()
        );
    }
}

/// The days of one user are read from another sum, or from the records.
fn assert_trends_are_days(reader: &Reader, trends: &UserTrends) {
    for (user, records) in PEOPLE.iter().zip(&trends.records) {
        let days = reader.user_days(user, &Query::all()).unwrap_or_default();
        let expected = |day: usize| {
            let day = trends.first_day.as_unix_days() + i64::try_from(day).unwrap();
            let found = days.iter().find(|it| it.day.as_unix_days() == day);
            found.map_or(0, |it| it.counts.records())
        };
        let expected: Vec<u64> = (0..UserTrends::DAYS).map(expected).collect();
        assert_eq!(*records, expected, "{user} from {}", trends.first_day);
    }
}

fn readers(path: &Path) -> [Reader; 2] {
    let prices = Prices::empty().with_csv(PRICES).unwrap();
    let priced = Reader::open(path).unwrap().with_prices(prices);
    // The same file, before its models have prices.
    let unpriced = Reader::open(path).unwrap().with_prices(Prices::empty());
    [priced, unpriced]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]
    #[test]
    fn sums_answer_as_records_after_any_steps(steps in proptest::collection::vec(step(), 1..24)) {
        let folder = folder();
        let path = folder.path().join("whose.db");
        let stores = [Store::open(&path).unwrap(), Store::open(&path).unwrap()];
        let readers = readers(&path);
        for (number, step) in steps.iter().enumerate() {
            run(&path, &stores, step);
            if number % 6 == 5 {
                assert_sums_answer_as_records(&path, &readers);
            }
        }
        assert_sums_answer_as_records(&path, &readers);
    }
}

#[test]
fn full_partition_has_one_rollup_that_answers_as_its_records() {
    let folder = folder();
    let path = folder.path().join("whose.db");
    let store = Store::builder(&path)
        .when_full(WhenFull::Block)
        .open()
        .unwrap();
    record_into(&store, || {
        // An agent whose calls are in the full partition, and whose span closes after it.
        let agent = info_span!(
            "invoke_agent",
            gen_ai.operation.name = "invoke_agent",
            gen_ai.agent.name = "planner"
        );
        let mut agent = Some(agent);
        for number in 0..70_000_u32 {
            if number == 66_000 {
                agent = None;
            }
            let _entered = agent.as_ref().filter(|_| number >= 60_000).map(Span::enter);
            let user = format!("user-{}", number % 97);
            let scope = whose::user(user).session(format!("session-{}", number / 100));
            scope.in_scope(|| match number % 10 {
                0 => call((number % 12) as u8),
                _ => info!("asks"),
            });
        }
    });
    assert!(store.flush(TIMEOUT).is_complete());
    let partitions = "SELECT count(*) FROM rollups WHERE first_record = 0 AND last_record = 65535";
    assert_eq!(query_number(&path, partitions), 1);
    let in_partition = "SELECT count(*) FROM rollups WHERE last_record < 65536";
    assert_eq!(query_number(&path, in_partition), 1);
    let readers = readers(&path);
    assert_sums_answer_as_records(&path, &readers);
    let (all, reading_records) = (Query::all(), Query::all().since(Timestamp::from_nanos(0)));
    let assert_graph_is_of_records = || {
        let graph = |query| readers[0].graph(&GraphFilter::new(), query).unwrap();
        assert_eq!(graph(&all), graph(&reading_records));
        graph(&all)
    };
    let graph = assert_graph_is_of_records();
    assert!(
        graph
            .nodes
            .iter()
            .any(|node| node.name.as_deref() == Some("planner"))
    );
    record_into(&store, || whose::user("user-1").in_scope(|| call(1)));
    assert!(store.flush(TIMEOUT).is_complete());
    assert_ne!(assert_graph_is_of_records(), graph);

    // A deletion makes the sums of the partition void, and the next erasure sums the partition again.
    execute(&path, "DELETE FROM records WHERE id = 77");
    assert_eq!(query_number(&path, in_partition), 0);
    assert_sums_answer_as_records(&path, &readers[..1]);
    store.forget("user-3").unwrap();
    assert_eq!(query_number(&path, partitions), 1);
    assert_sums_answer_as_records(&path, &readers[..1]);

    // The partition has records of two days. The days of a user are read once, and kept.
    move_times(&path, 2, 1);
    store.forget("user-5").unwrap();
    assert_eq!(query_number(&path, partitions), 1);
    let days = |query: &Query| readers[0].user_days("user-2", query).unwrap();
    assert_eq!(days(&all).len(), 2);
    assert_eq!(days(&all), days(&reading_records));
    execute(&path, "DELETE FROM records WHERE id % 7 = 0");
    store.forget("user-6").unwrap();
    assert_eq!(query_number(&path, partitions), 1);
    assert_eq!(days(&all), days(&reading_records));
    assert_graph_is_of_records();
}

#[test]
fn login_after_the_partition_of_earlier_records_is_full_is_counted() {
    let folder = folder();
    let path = folder.path().join("whose.db");
    let stores = [Store::open(&path).unwrap(), Store::open(&path).unwrap()];
    let readers = readers(&path);
    let login = Step::Login {
        store: 0,
        user: 2,
        session: 1,
        calls: 2,
    };
    let write = Step::Write {
        store: 1,
        user: 3,
        session: 2,
        records: 9,
    };
    let fill = |steps: &[&Step]| {
        steps.iter().for_each(|step| run(&path, &stores, step));
        assert!(stores[0].flush(TIMEOUT).is_complete());
        assert_sums_answer_as_records(&path, &readers);
    };
    let full = "SELECT count(*) FROM rollups WHERE last_record - first_record = 65535";
    let late = || {
        let reader = &readers[0];
        reader.user("user-2", &Query::all()).unwrap().unwrap().late
    };
    record_into(&stores[0], || {
        Scope::isolated().in_scope(|| {
            info!("before");
            fill(&[&login, &Step::SkipToEndOfPartition, &write, &login]);
            assert_eq!((query_number(&path, full), late()), (1, 6));
            info!("after the partition");
            fill(&[]);
            whose::set_user("user-2");
            info!("identified");
        });
    });
    // One record of the scope is in the full partition, and one is after it.
    fill(&[&write]);
    assert_eq!(late(), 8);
    fill(&[&Step::SkipToEndOfPartition, &write, &login]);
    assert_eq!((query_number(&path, full), late()), (2, 11));
    fill(&[&Step::Forget { user: 3 }, &Step::DeleteRecords { of: 3 }]);
}

#[test]
fn pages_follow_each_other_without_gap() {
    let folder = folder();
    let path = folder.path().join("whose.db");
    let store = Store::open(&path).unwrap();
    record_into(&store, || {
        for number in 0..50_u32 {
            let user = whose::User::new(format!("user-{number}"))
                .with_email(format!("{}%_x@example.com", number % 3));
            whose::user(user).in_scope(|| (0..number % 7).for_each(|_| info!("asks")));
            whose::user(format!("user-{number}")).in_scope(|| info!("leaves"));
        }
    });
    assert!(store.flush(TIMEOUT).is_complete());
    let reader = Reader::open(&path).unwrap();
    for sort in [UserSort::LastSeen, UserSort::Records, UserSort::Cost] {
        let filter = UserFilter::new().sort(sort);
        let all = reader.user_page(&filter, &Query::all()).unwrap();
        assert_eq!((all.users.len(), all.next), (50, None));
        let (mut found, mut filter) = (Vec::new(), filter);
        loop {
            let page = reader.user_page(&filter, &Query::new().limit(7)).unwrap();
            found.extend(page.users);
            match page.next {
                Some(next) => filter = filter.after(next),
                None => break,
            }
        }
        assert_eq!(found, all.users, "{sort}");
    }
    let count = |prefix: &str| {
        let filter = UserFilter::new().prefix(prefix);
        reader
            .user_page(&filter, &Query::all())
            .unwrap()
            .users
            .len()
    };
    assert_eq!(
        ["user-4", "USER-", "0%", "%", "_", ""].map(count),
        [11, 50, 14, 0, 0, 50]
    );
}

#[test]
fn no_query_of_a_page_scans_all_records() {
    let folder = folder();
    let path = folder.path().join("whose.db");
    let store = Store::open(&path).unwrap();
    record_into(&store, || {
        for user in 0..5 {
            in_scope(user, 1, || call(user));
        }
    });
    assert!(store.flush(TIMEOUT).is_complete());
    let mut reader = Reader::open(&path).unwrap();
    let all = Query::new().limit(100);
    let day = all.since(Timestamp::from_nanos(1));
    let statements = reader.statements_of(&mut |store| {
        for query in [all, day] {
            store
                .user_page(&UserFilter::new().prefix("user"), &query)
                .unwrap();
            store.totals(&query).unwrap();
            for by in [GroupBy::User, GroupBy::Day, GroupBy::Model] {
                let report = store.cost(&by, &query).unwrap();
                assert!(report.rows.count() > 0);
            }
            assert!(store.audit("user-2", &query).unwrap().count() > 0);
            assert!(store.sessions(Some("user-2"), &query).unwrap().count() > 0);
            assert!(store.session_records("session-1", &query).unwrap().count() > 0);
        }
    });
    assert!(statements.len() > 20, "{statements:?}");
    let file = Connection::open(&path).unwrap();
    for statement in statements {
        let plan = format!("EXPLAIN QUERY PLAN {statement}");
        let mut plan = file.prepare(&plan).unwrap();
        let steps = plan.query_map((), |row| row.get::<_, String>(3)).unwrap();
        for step in steps.map(Result::unwrap) {
            let words: Vec<_> = step.split(' ').collect();
            let is_scan = matches!(words[..], ["SCAN", "records" | "r", ..]);
            assert!(!is_scan, "{step}: {statement}");
        }
    }
}
