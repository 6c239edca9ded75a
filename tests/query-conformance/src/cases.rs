//! The cases: one for each query.

use whose_store::{
    GroupBy, Identity, JobStatus, Queries, Query, ScoreFilter, SearchFilter, StoreError, Timestamp,
    UnattributedFilter, UserFilter, UserRow, UserSort,
};

use crate::rows::{rows, texts};

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
    ("identity_is_found_by_id_and_email", identity),
    ("cost_is_grouped_and_unpriced_calls_are_listed", cost),
    ("errors_count_users", errors),
    ("job_has_its_last_run", jobs),
    ("score_has_its_conversation", scores),
    ("coverage_counts_reasons_and_sources", coverage),
    ("unattributed_records_have_a_reason", unattributed),
    ("latest_records_follow_an_id", latest),
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
    let all = engine.latest(None, 100).unwrap();
    assert_eq!(all.len(), 14);
    assert!(all.is_sorted_by(|a, b| a.id > b.id));
    assert_eq!(engine.latest(Some(all[3].id), 100).unwrap(), all[..3]);
    assert_eq!(engine.latest(None, 2).unwrap(), all[..2]);
}

fn losses(engine: &dyn Queries) {
    assert!(engine.losses(&Query::all()).unwrap().is_empty());
    let health = engine.health().unwrap();
    assert!(health.lost.is_empty() && health.bytes > 0);
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
