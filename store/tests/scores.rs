//! Scores are listed in time order, by user, session, conversation and name, with a summary.
#![allow(clippy::unwrap_used)] // Clippy does not treat helpers as test code.

mod support;

use support::{folder, recorded};
use whose::Scope;
use whose_store::{
    Queries, Query, Reader, ScoreFilter, ScoreRow, ScoreSummary, StoreError, TimeParts, Timestamp,
};

fn rows(reader: &Reader, filter: &ScoreFilter) -> Vec<ScoreRow> {
    let report = reader.scores(filter, &Query::new()).unwrap();
    report.rows.map(Result::unwrap).collect()
}

fn names(reader: &Reader, filter: &ScoreFilter) -> Vec<String> {
    rows(reader, filter)
        .into_iter()
        .map(|row| row.name)
        .collect()
}

fn record_scores() {
    whose::user("alice").session("s-1").in_scope(|| {
        tracing::info_span!("answer").in_scope(|| {
            whose::score("helpful", true)
                .comment("named the order")
                .record();
        });
        whose::conversation("t-1").in_scope(|| whose::score("quality", 0.25).record());
    });
    whose::user("bob").session("s-2").in_scope(|| {
        whose::score("helpful", false).record();
        whose::score("quality", 1).conversation("t-1").record();
        whose::score("tone", "polite").record();
        whose::score("tone", "").record(); // no score
    });
    Scope::isolated().in_scope(|| {
        whose::score("early", 7).record(); // before the login
        whose::set_user("alice");
    });
}

#[test]
fn scores_are_listed_in_time_order_with_all_of_their_parts() {
    let folder = folder();
    let (reader, _store) = recorded(folder.path(), record_scores);
    let all = rows(&reader, &ScoreFilter::new());
    assert!(all.is_sorted_by_key(|row| row.time));
    let names: Vec<_> = all.iter().map(|row| row.name.as_str()).collect();
    let expected = ["helpful", "quality", "helpful", "quality", "tone", "early"];
    assert_eq!(names, expected);
    let first = &all[0];
    assert_eq!(
        (first.value, first.label.as_deref()),
        (Some(1.0), Some("true"))
    );
    assert_eq!(first.comment.as_deref(), Some("named the order"));
    assert_eq!(
        (first.user.as_deref(), first.session.as_deref()),
        (Some("alice"), Some("s-1"))
    );
    assert_eq!(all[1].conversation.as_deref(), Some("t-1"));
    assert_eq!(
        (all[4].value, all[4].label.as_deref()),
        (None, Some("polite"))
    );
    let trail = reader.audit("alice", &Query::new()).unwrap();
    let spans: Vec<_> = trail
        .map(Result::unwrap)
        .filter(|record| record.record_type == "span")
        .collect();
    assert_eq!(first.span_id, spans[0].span_id);
    assert_eq!(first.trace_id, spans[0].trace_id);
}

#[test]
fn scores_are_filtered_by_user_session_conversation_and_name() {
    let folder = folder();
    let (reader, _store) = recorded(folder.path(), record_scores);
    let of = |filter: ScoreFilter| names(&reader, &filter);
    let all = ScoreFilter::new;
    // The user of the last one was identified later.
    assert_eq!(of(all().user("alice")), ["helpful", "quality", "early"]);
    assert_eq!(of(all().session("s-2")), ["helpful", "quality", "tone"]);
    assert_eq!(of(all().conversation("t-1")), ["quality", "quality"]);
    assert_eq!(of(all().name("helpful")), ["helpful", "helpful"]);
    assert_eq!(of(all().user("bob").name("quality")), ["quality"]);
    assert_eq!(of(all().name("unknown")), [""; 0]);
}

#[test]
fn summary_has_numbers_and_labels_of_all_scores_past_the_limit() {
    let folder = folder();
    let (reader, _store) = recorded(folder.path(), record_scores);
    let report = reader
        .scores(&ScoreFilter::new(), &Query::new().limit(1))
        .unwrap();
    let summaries: Vec<_> = report.summary.iter().map(|it| &*it.name).collect();
    assert_eq!(summaries, ["early", "helpful", "quality", "tone"]);
    let numbers = |it: &ScoreSummary| (it.count, it.mean, it.min, it.max);
    assert_eq!(
        numbers(&report.summary[2]),
        (2, Some(0.625), Some(0.25), Some(1.0))
    );
    assert_eq!(
        numbers(&report.summary[1]),
        (2, Some(0.5), Some(0.0), Some(1.0))
    );
    assert_eq!(report.summary[1].labels["true"], 1);
    assert_eq!(numbers(&report.summary[3]), (1, None, None, None));
    assert_eq!(report.summary[3].labels["polite"], 1);
    let mut rows = report.rows;
    assert_eq!(rows.by_ref().count(), 1);
    assert_eq!(rows.remaining().unwrap().count, 5);
}

#[test]
fn summary_covers_the_time_range_only() {
    let folder = folder();
    let (reader, _store) = recorded(folder.path(), record_scores);
    let times: Vec<_> = rows(&reader, &ScoreFilter::new())
        .iter()
        .map(|row| row.time)
        .collect();
    let query = Query::new().since(times[1]).until(times[3]);
    let report = reader.scores(&ScoreFilter::new(), &query).unwrap();
    let counts: Vec<_> = report
        .summary
        .iter()
        .map(|it| (&*it.name, it.count))
        .collect();
    assert_eq!(counts, [("helpful", 1), ("quality", 1)]);
    assert_eq!(report.rows.count(), 2);
}

#[test]
fn unknown_user_session_or_conversation_is_an_error() {
    let folder = folder();
    let (reader, _store) = recorded(folder.path(), record_scores);
    let error = |filter: ScoreFilter| reader.scores(&filter, &Query::new()).unwrap_err();
    let all = ScoreFilter::new;
    assert!(matches!(
        error(all().user("nobody")),
        StoreError::UnknownUser { .. }
    ));
    assert!(matches!(
        error(all().session("none")),
        StoreError::UnknownSession { .. }
    ));
    assert!(matches!(
        error(all().conversation("none")),
        StoreError::UnknownConversation { .. }
    ));
}

#[test]
fn conversation_is_audited_in_time_order_over_users_and_sessions() {
    let folder = folder();
    let (reader, _store) = recorded(folder.path(), record_scores);
    let records = reader.conversation_records("t-1", &Query::new()).unwrap();
    let users: Vec<_> = records.map(|row| row.unwrap().user).collect();
    assert_eq!(users, ["alice", "bob"].map(|id| Some(id.to_owned())));
    assert!(matches!(
        reader.conversation_records("none", &Query::new()),
        Err(StoreError::UnknownConversation { .. })
    ));
}

#[test]
fn trends_have_the_count_and_mean_of_each_part() {
    let folder = folder();
    let (reader, _store) = recorded(folder.path(), record_scores);
    let report = reader.scores(&ScoreFilter::new(), &Query::new()).unwrap();
    let helpful = report.summary[1].clone();
    let end = Timestamp::from_nanos(helpful.last_seen.as_nanos() + 1);
    let trends = |parts| {
        let parts = TimeParts::new(helpful.first_seen, end, parts);
        reader.score_trends(&ScoreFilter::new(), &parts).unwrap()
    };
    let whole = trends(1);
    let names: Vec<_> = whole.iter().map(|it| &*it.name).collect();
    assert_eq!(
        names,
        ["helpful", "quality"],
        "the range ends before the others"
    );
    assert_eq!(
        (&*whole[0].counts, &*whole[0].means),
        (&[2][..], &[Some(0.5)][..])
    );
    let halves = trends(2);
    assert_eq!(halves[0].means, [Some(1.0), Some(0.0)]);
    let tone = ScoreFilter::new().name("tone");
    let later = Timestamp::from_nanos(end.as_nanos() + 60_000_000_000);
    let categories = reader.score_trends(&tone, &TimeParts::new(end, later, 1));
    let categories = categories.unwrap();
    assert_eq!((categories.len(), &*categories[0].means), (1, &[None][..]));
    let of_nobody =
        reader.score_trends(&ScoreFilter::new().user("x"), &TimeParts::new(end, end, 1));
    assert!(matches!(of_nobody, Err(StoreError::UnknownUser { .. })));
}

#[test]
fn sessions_with_the_lowest_mean_come_first() {
    let folder = folder();
    let (reader, _store) = recorded(folder.path(), || {
        record_scores();
        whose::session("s-3").in_scope(|| {
            whose::score("helpful", 0.5).record();
            whose::score("helpful", 0.25).record();
        });
        whose::score("helpful", 0).record(); // without a session
        Scope::isolated().in_scope(|| {
            whose::score("helpful", 0.125).record(); // before the login
            whose::set_user("dave");
            whose::set_session("s-4");
        });
    });
    let sessions = |name: &str, query: &Query| {
        let rows = reader.score_sessions(name, query).unwrap();
        rows.map(Result::unwrap).collect::<Vec<_>>()
    };
    let all = sessions("helpful", &Query::new());
    let means: Vec<_> = all
        .iter()
        .map(|it| (&*it.session, it.mean, it.scores))
        .collect();
    let expected = [
        ("s-2", 0.0, 1),
        // Of the session that was set later.
        ("s-4", 0.125, 1),
        ("s-3", 0.375, 2),
        ("s-1", 1.0, 1),
    ];
    assert_eq!(means, expected);
    assert_eq!((all[2].min, all[2].max), (0.25, 0.5));
    assert!(
        sessions("tone", &Query::new()).is_empty(),
        "categories have no mean"
    );
    assert!(sessions("none", &Query::new()).is_empty());
    let later = Query::new().since(all[2].last_seen);
    let later = sessions("helpful", &later);
    assert_eq!(later.last().unwrap().session, "s-3");
    assert!(later.iter().all(|it| it.session != "s-2"));
}
