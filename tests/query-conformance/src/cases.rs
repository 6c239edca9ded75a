//! The cases: one for each query.

use whose_store::{
    CostFilter, GraphFilter, GroupBy, Identity, JobStatus, LatestFilter, NodeKind, Queries, Query,
    RecordClass, ScoreFilter, SearchFilter, StoreError, TimeBucket, TimeParts, Timestamp,
    UnattributedFilter, UserFilter, UserRow, UserSort,
};

use crate::rows::{rows, texts};
use crate::search_cases::{conditions, suggestions};
use crate::timelines;

/// A case: its name, and the check of an engine with the records of the scenario.
pub type Case = (&'static str, fn(&dyn Queries));

/// All cases.
pub const CASES: &[Case] = &[
    ("users_are_listed_last_seen_first", users),
    ("page_of_users_has_their_sums_and_the_totals", user_page),
    ("limit_and_time_range_hold_for_lists", ranges),
    ("sessions_have_their_users", sessions),
    ("totals_count_every_record_once", totals),
    ("trail_of_a_user_is_complete_and_ordered", trail),
    ("records_before_the_login_are_late", late),
    ("conversation_and_actor_have_their_records", scopes),
    ("record_is_found_by_its_id", record),
    ("search_matches_all_words_newest_first", search),
    ("search_conditions_hold_together", conditions),
    ("suggestions_are_known_values_and_keys", suggestions),
    ("identity_is_found_by_id_and_email", identity),
    ("cost_is_grouped_and_unpriced_calls_are_listed", cost),
    ("cost_of_chosen_calls_over_time_adds_up", chosen_cost),
    ("graph_has_services_and_models", graph),
    ("errors_count_users", errors),
    ("error_group_has_its_errors_users_and_trend", error_group),
    ("job_has_its_last_run", jobs),
    ("score_has_its_conversation", scores),
    ("score_has_its_trend_and_session", score_trends),
    ("coverage_counts_reasons_and_sources", coverage),
    ("unattributed_records_have_a_reason", unattributed),
    ("latest_records_follow_an_id", latest),
    ("trail_is_paged_by_key", timelines::pages),
    ("trail_is_filtered_by_class", timelines::classes),
    ("profile_equals_its_row_of_the_list", timelines::profiles),
    ("nothing_is_lost", losses),
    ("unknown_ids_are_errors", unknown),
];

/// Runs all cases.
///
/// # Panics
/// If an answer of the engine is not that of the scenario. The message names the case.
pub fn check(engine: &dyn Queries) {
    for (name, case) in CASES {
        println!("{name}");
        case(engine);
    }
}

fn user_page(engine: &dyn Queries) {
    let mut all = rows(engine.users(&Query::all()));
    let page = engine.user_page(&UserFilter::new(), &Query::all()).unwrap();
    assert_eq!((&page.users, &page.next), (&all, &None));
    assert_eq!(page.totals, engine.totals(&Query::all()).unwrap());
    let (mut found, mut filter) = (Vec::new(), UserFilter::new().sort(UserSort::Records));
    loop {
        let page = engine.user_page(&filter, &Query::new().limit(1)).unwrap();
        found.extend(page.users);
        match page.next {
            Some(next) => filter = filter.after(next),
            None => break,
        }
    }
    all.sort_by_key(|user| std::cmp::Reverse(user.counts.records()));
    let counts = |users: &[UserRow]| -> Vec<u64> {
        users.iter().map(|user| user.counts.records()).collect()
    };
    assert_eq!(counts(&found), counts(&all));
    let filter = UserFilter::new().prefix("NEW@");
    let page = engine.user_page(&filter, &Query::all()).unwrap();
    assert_eq!(texts(&page.users, |user| user.id.as_deref()), ["alice"]);
}

fn users(engine: &dyn Queries) {
    let users = rows(engine.users(&Query::all()));
    let ids = texts(&users, |user| user.id.as_deref());
    assert_eq!(ids, ["carol", "bob", "alice"]);
    let alice = &users[2];
    assert_eq!(alice.email.as_deref(), Some("new@example.com"));
    assert_eq!(alice.attrs["plan"], "pro");
    assert_eq!(
        (alice.sessions, alice.late, alice.counts.records()),
        (2, 0, 6)
    );
    assert_eq!((alice.usage.calls, alice.usage.unpriced_calls), (2, 1));
    assert_eq!(alice.usage.cost_usd.unwrap().to_string(), "$3.50");
    assert!(alice.first_seen < alice.last_seen);
}

fn ranges(engine: &dyn Queries) {
    let limited = rows(engine.users(&Query::new().limit(1)));
    assert_eq!(texts(&limited, |user| user.id.as_deref()), ["carol"]);
    let mut first = engine.users(&Query::new().limit(1)).unwrap();
    assert!(first.next().is_some());
    assert_eq!(first.remaining().unwrap().count, 2);
    let past = Query::all().until(Timestamp::from_nanos(1));
    assert!(rows(engine.users(&past)).is_empty());
    assert_eq!(engine.totals(&past).unwrap().counts.records(), 0);
    assert!(rows(engine.sessions(None, &past)).is_empty());
    // A time range begins with its start and ends before its end.
    let bob = rows(engine.audit("bob", &Query::all()));
    let only = Query::all().since(bob[0].time).until(bob[1].time);
    assert_eq!(rows(engine.audit("bob", &only)), bob[..1]);
}

fn sessions(engine: &dyn Queries) {
    let sessions = rows(engine.sessions(None, &Query::all()));
    let ids = texts(&sessions, |session| Some(&session.id));
    assert_eq!(ids, ["s-3", "s-2", "s-1"]);
    assert_eq!(sessions[1].users, ["alice"]);
    assert_eq!(sessions[2].counts.records(), 3);
    let of_alice = rows(engine.sessions(Some("alice"), &Query::all()));
    assert_eq!(
        texts(&of_alice, |session| Some(&session.id)),
        ["s-2", "s-1"]
    );
}

fn totals(engine: &dyn Queries) {
    let totals = engine.totals(&Query::all()).unwrap();
    let counts = totals.counts;
    assert_eq!((counts.spans, counts.events, counts.errors), (1, 12, 1));
    assert_eq!((totals.users, totals.sessions), (3, 3));
    assert_eq!((totals.without_user, totals.anonymous), (4, 1));
    assert_eq!(totals.usage.calls, 2);
}

fn trail(engine: &dyn Queries) {
    let trail = rows(engine.audit("alice", &Query::all()));
    let types = texts(&trail, |row| Some(&row.record_type));
    assert_eq!(types, ["span", "event", "event", "error", "event", "event"]);
    assert!(trail.is_sorted_by_key(|row| row.time));
    assert!(
        trail
            .iter()
            .all(|row| row.user_source.as_deref() == Some("scope"))
    );
    assert!(trail.iter().all(|row| row.user_site.is_some()));
    assert_eq!(trail[1].fields["city"], "Paris");
    assert_eq!(trail[1].span_id, trail[0].span_id);
    assert_eq!(trail[1].trace_id, trail[0].trace_id);
    let session = rows(engine.session_records("s-1", &Query::all()));
    assert_eq!(session, trail[..3]);
}

fn late(engine: &dyn Queries) {
    let trail = rows(engine.audit("carol", &Query::all()));
    let messages = texts(&trail, |row| row.message.as_deref());
    assert_eq!(messages, ["before the login", "after the login"]);
    let sources = texts(&trail, |row| row.user_source.as_deref());
    assert_eq!(sources, ["late", "isolation"]);
    let users = rows(engine.users(&Query::all()));
    assert_eq!((users[0].late, users[0].counts.records()), (1, 1));
}

fn scopes(engine: &dyn Queries) {
    let conversation = rows(engine.conversation_records("c-1", &Query::all()));
    assert_eq!(conversation.len(), 3);
    let acted = rows(engine.actor_records("olive", &Query::all()));
    let messages = texts(&acted, |row| row.message.as_deref());
    assert_eq!(messages, ["writes for him"]);
    assert_eq!(acted[0].user.as_deref(), Some("bob"));
    assert_eq!(acted[0].actor.as_deref(), Some("olive"));
}

fn record(engine: &dyn Queries) {
    for row in rows(engine.audit("carol", &Query::all())) {
        assert_eq!(engine.record(row.id).unwrap(), Some(row));
    }
    assert_eq!(engine.record(i64::MAX).unwrap(), None);
}

fn search(engine: &dyn Queries) {
    let found = |filter| {
        let rows = rows(engine.search(&filter, &Query::all()));
        texts(&rows, |row| row.message.as_deref())
    };
    let refunds = ["looks at a refund", "looks for a refund"];
    assert_eq!(found(SearchFilter::new("REFUND looks")), refunds);
    assert_eq!(found(SearchFilter::new("ref* paris")), refunds[1..]);
    assert_eq!(
        found(SearchFilter::new("\"a refund\"").user("bob")),
        refunds[..1]
    );
    assert_eq!(found(SearchFilter::new("declined")), ["card declined"]);
    assert_eq!(found(SearchFilter::new("refund nowhere")), [""; 0]);
}

fn identity(engine: &dyn Queries) {
    let by_id = Identity::User {
        id: "alice".to_owned(),
        by_email: false,
    };
    let by_email = Identity::User {
        id: "alice".to_owned(),
        by_email: true,
    };
    assert_eq!(engine.find_identity("alice").unwrap(), [by_id]);
    let found = engine.find_identity("NEW@example.com").unwrap();
    assert_eq!(found, [by_email]);
    let session = engine.find_identity("s-1").unwrap();
    assert!(matches!(&*session, [Identity::Session { id }] if id == "s-1"));
    assert!(engine.find_identity("nowhere").unwrap().is_empty());
}

fn cost(engine: &dyn Queries) {
    let report = engine.cost(&GroupBy::Model, &Query::all()).unwrap();
    let unpriced = texts(&report.unpriced, |model| Some(&model.model));
    assert_eq!(unpriced, ["our-own"]);
    assert_eq!(report.total.cost_usd.unwrap().to_string(), "$3.50");
    assert!(report.unattributed.is_empty());
    let models: Vec<_> = report.rows.map(Result::unwrap).collect();
    assert_eq!(
        texts(&models, |row| row.key.as_deref()),
        ["gpt-4o", "our-own"]
    );
    for (by, key) in [
        (GroupBy::User, "alice"),
        (GroupBy::Session, "s-1"),
        (GroupBy::Attr("plan".to_owned()), "pro"),
    ] {
        let rows = engine.cost(&by, &Query::all()).unwrap().rows;
        let rows: Vec<_> = rows.map(Result::unwrap).collect();
        assert_eq!(rows[0].key.as_deref(), Some(key), "{by}");
    }
    let sites = rows(engine.cost_coverage(&Query::all()));
    assert_eq!(sites.iter().map(|site| site.total.calls).sum::<u64>(), 2);
}

fn chosen_cost(engine: &dyn Queries) {
    let all = Query::all();
    let of_alice = CostFilter::new()
        .only(GroupBy::User, "alice")
        .only(GroupBy::Model, "gpt-4o");
    let report = engine.filtered_cost(&GroupBy::Session, &of_alice, &all);
    let report = report.unwrap();
    assert_eq!((report.total.calls, report.total.unpriced_calls), (1, 0));
    let sessions: Vec<_> = report.rows.map(Result::unwrap).collect();
    assert_eq!(texts(&sessions, |row| row.key.as_deref()), ["s-1"]);
    let nobody = CostFilter::new().without(GroupBy::User);
    let nobody = engine.filtered_cost(&GroupBy::Model, &nobody, &all);
    assert_eq!(nobody.unwrap().total.calls, 0);

    for bucket in [None, Some(TimeBucket::Day), Some(TimeBucket::Month)] {
        let costs = engine.cost_over_time(&GroupBy::Model, bucket, &CostFilter::new(), &all);
        let costs = costs.unwrap();
        assert!(bucket.is_none_or(|bucket| bucket == costs.bucket));
        let keys = texts(&costs.series, |series| series.key.as_deref());
        assert_eq!(keys, ["gpt-4o", "our-own"]);
        let points = costs.series.iter().flat_map(|series| &series.points);
        let calls: u64 = points.map(|point| point.usage.calls).sum();
        assert_eq!((calls, costs.total.calls), (2, 2));
    }
    let changes = |query| engine.cost_changes(&GroupBy::Model, &CostFilter::new(), query);
    assert_eq!(changes(&all).unwrap(), None);
    let bob = rows(engine.audit("bob", &all));
    // Alice's calls came before Bob's first record.
    let since_bob = changes(&all.since(bob[0].time)).unwrap().unwrap();
    assert_eq!(since_bob.total.after.calls, 0);
}

fn graph(engine: &dyn Queries) {
    let graph = engine.graph(&GraphFilter::new(), &Query::all()).unwrap();
    let kinds: Vec<_> = graph.nodes.iter().map(|node| node.kind).collect();
    assert_eq!(kinds, [NodeKind::Service, NodeKind::Model, NodeKind::Model]);
    let calls = graph.edges.iter().map(|edge| edge.calls.count);
    assert_eq!((calls.sum::<u64>(), graph.detached_calls), (2, 0));
    let of_bob = GraphFilter::new().user("bob");
    let of_bob = engine.graph(&of_bob, &Query::all()).unwrap();
    assert_eq!(of_bob.edges, []);
}

fn errors(engine: &dyn Queries) {
    let groups = rows(engine.errors(None, &Query::all()));
    assert_eq!(groups.len(), 1);
    assert_eq!(
        (groups[0].errors, groups[0].users, groups[0].sessions),
        (1, 1, 1)
    );
    assert_eq!(groups[0].message.as_deref(), Some("card declined"));
    assert_eq!(rows(engine.errors(Some("alice"), &Query::all())), groups);
    assert!(rows(engine.errors(Some("bob"), &Query::all())).is_empty());
    let key = groups[0].key();
    assert_eq!(key.to_string().parse(), Ok(key.clone()));
    assert!(rows(engine.errors_after(None, &key, &Query::all())).is_empty());
    // The place before the group, whether or not a group is there.
    let before = format!("9.{key}").parse().unwrap();
    assert_eq!(
        rows(engine.errors_after(None, &before, &Query::all())),
        groups
    );
}

fn error_group(engine: &dyn Queries) {
    let group = rows(engine.errors(None, &Query::all())).remove(0);
    let print = &*group.fingerprint;
    let found = engine.error_group(print, &Query::all()).unwrap();
    assert_eq!(found.as_ref(), Some(&group));
    let records = rows(engine.error_records(print, &Query::all()));
    assert_eq!(texts(&records, |it| it.user.as_deref()), ["alice"]);
    let users = rows(engine.error_users(print, &Query::all()));
    assert_eq!((&*users[0].user, users[0].errors), ("alice", 1));
    let parts = TimeParts::new(group.first_seen, after(group.first_seen), 2);
    let trends = engine.error_trends(&[print, "00"], &parts).unwrap();
    assert_eq!(trends, [[1, 0], [0, 0]]);
    let unknown = engine.error_group("00", &Query::all()).unwrap();
    assert_eq!(unknown, None);
}

/// A minute later.
fn after(time: Timestamp) -> Timestamp {
    Timestamp::from_nanos(time.as_nanos() + 60_000_000_000)
}

fn jobs(engine: &dyn Queries) {
    let jobs = rows(engine.jobs(&Query::all()));
    assert_eq!(texts(&jobs, |job| Some(&job.monitor)), ["nightly"]);
    assert_eq!(
        (jobs[0].status, jobs[0].runs, jobs[0].failures),
        (JobStatus::Ok, 1, 0)
    );
}

fn scores(engine: &dyn Queries) {
    let filter = ScoreFilter::new();
    let report = engine.scores(&filter, &Query::all()).unwrap();
    let scores: Vec<_> = report.rows.map(Result::unwrap).collect();
    assert_eq!(texts(&scores, |score| Some(&score.name)), ["helpful"]);
    assert_eq!(scores[0].conversation.as_deref(), Some("c-1"));
    assert_eq!(scores[0].user.as_deref(), Some("alice"));
}

fn score_trends(engine: &dyn Queries) {
    let all = ScoreFilter::new();
    let summary = engine.scores(&all, &Query::all()).unwrap().summary;
    let first = summary[0].first_seen;
    let parts = TimeParts::new(first, after(first), 2);
    let trends = engine.score_trends(&all, &parts).unwrap();
    assert_eq!(
        (&*trends[0].name, &*trends[0].counts),
        ("helpful", &[1, 0][..])
    );
    assert_eq!(trends[0].means, [Some(0.5), None]);
    let sessions = rows(engine.score_sessions("helpful", &Query::all()));
    assert_eq!((&*sessions[0].session, sessions[0].mean), ("s-2", 0.5));
}

fn coverage(engine: &dyn Queries) {
    let sites = rows(engine.coverage(&Query::all()));
    let sum = |count: fn(&whose_store::CoverageRow) -> u64| sites.iter().map(count).sum::<u64>();
    assert_eq!(sum(|site| site.records), 14);
    assert_eq!(
        sum(|site| site.sources.get("scope").copied().unwrap_or_default()),
        8
    );
    assert_eq!(
        sum(|site| site.reasons.get("anonymous").copied().unwrap_or_default()),
        1
    );
    assert!(
        sites[0].without_user > 0,
        "call sites without a user come first"
    );
}

fn unattributed(engine: &dyn Queries) {
    let all = rows(engine.unattributed(&UnattributedFilter::new(), &Query::all()));
    assert_eq!(
        all.len(),
        3,
        "a login explains one record, and one is anonymous"
    );
    assert!(
        all.iter()
            .all(|row| row.unattributed.as_deref() == Some("no_scope"))
    );
    let next = UnattributedFilter::new().before(all[0].id);
    assert_eq!(rows(engine.unattributed(&next, &Query::all())), all[1..]);
    let other = UnattributedFilter::new().reason("unset");
    assert!(rows(engine.unattributed(&other, &Query::all())).is_empty());
}

fn latest(engine: &dyn Queries) {
    let of = |filter: &LatestFilter, rows| engine.latest(filter, rows).unwrap();
    let first = of(&LatestFilter::new(), 100);
    let all = first.rows;
    assert_eq!(all.len(), 14);
    assert!(all.is_sorted_by(|a, b| a.id > b.id));
    assert_eq!((first.newest, first.omitted), (Some(all[0].id), 0));
    assert_eq!(of(&LatestFilter::new(), 2).rows, all[..2]);
    let after = LatestFilter::new().after(all[3].id);
    assert_eq!(of(&after, 100).rows, all[..3]);
    let cut = of(&after, 2);
    assert_eq!((&cut.rows[..], cut.omitted), (&all[..2], 1));
    let none = LatestFilter::new().after(all[0].id);
    let none = of(&none, 100);
    assert_eq!((none.rows.len(), none.newest), (0, Some(all[0].id)));
    for user in ["alice", "unknown"] {
        let own = all.iter().filter(|row| row.user.as_deref() == Some(user));
        let own: Vec<_> = own
            .filter(|row| row.user_source.as_deref() != Some("late"))
            .cloned()
            .collect();
        assert_eq!(of(&LatestFilter::new().user(user), 100).rows, own, "{user}");
    }
    for class in RecordClass::ALL {
        let own: Vec<_> = all
            .iter()
            .filter(|row| row.class() == class)
            .cloned()
            .collect();
        assert_eq!(
            of(&LatestFilter::new().class(class), 100).rows,
            own,
            "{class}"
        );
    }
}

fn losses(engine: &dyn Queries) {
    assert!(engine.losses(&Query::all()).unwrap().is_empty());
    let health = engine.health().unwrap();
    assert!(health.lost.is_empty() && health.bytes > 0);
    assert_eq!(health.log_held_since, None);
    assert_eq!(health.records_written, 14);
}

fn unknown(engine: &dyn Queries) {
    let all = Query::all();
    let user = engine.audit("nowhere", &all).err();
    assert!(matches!(user, Some(StoreError::UnknownUser { .. })));
    let session = engine.session_records("nowhere", &all).err();
    assert!(matches!(session, Some(StoreError::UnknownSession { .. })));
    let conversation = engine.conversation_records("nowhere", &all).err();
    assert!(matches!(
        conversation,
        Some(StoreError::UnknownConversation { .. })
    ));
    let actor = engine.actor_records("nowhere", &all).err();
    assert!(matches!(actor, Some(StoreError::UnknownActor { .. })));
}
