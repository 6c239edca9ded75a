//! A score is an event with the user of its caller, on the current span, an earlier span or a session.

use whose::testing::Recorder;
use whose::{Record, SpanId, TraceId};

fn only(rec: &Recorder) -> Record {
    let events = rec.events();
    assert_eq!(events.len(), 1);
    events[0].clone()
}

#[test]
fn score_is_recorded_on_the_current_span_with_the_current_user() {
    let rec = Recorder::start();
    whose::user("alice")
        .session("s-1")
        .conversation("c-1")
        .in_scope(|| {
            tracing::info_span!("answer").in_scope(|| {
                whose::score("helpful", 0.8)
                    .comment("named the order")
                    .record();
            });
        });
    let event = only(&rec);
    assert_eq!(event.name(), "gen_ai.evaluation.result");
    assert_eq!(event.user_id(), Some("alice"));
    assert_eq!(event.session_id(), Some("s-1"));
    assert_eq!(event.conversation_id(), Some("c-1"));
    assert_eq!(event.span_id(), rec.span("answer").span_id());
    let score = event.score().unwrap();
    assert_eq!((score.name, score.value), ("helpful", Some(0.8)));
    assert_eq!(score.comment, Some("named the order"));
}

#[test]
fn score_value_is_a_number_a_boolean_or_a_category() {
    let read = |report: whose::ScoreReport| {
        let rec = Recorder::start();
        report.record();
        let event = only(&rec);
        let score = event.score().unwrap();
        (score.value, score.label.map(str::to_owned))
    };
    let label = |label: &str| Some(label.to_owned());
    assert_eq!(read(whose::score("n", 3)), (Some(3.0), None));
    assert_eq!(read(whose::score("n", true)), (Some(1.0), label("true")));
    assert_eq!(read(whose::score("n", false)), (Some(0.0), label("false")));
    assert_eq!(read(whose::score("n", "polite")), (None, label("polite")));
    assert_eq!(read(whose::score("n", f64::NAN)), (None, label("NaN")));
}

#[test]
fn late_score_belongs_to_the_earlier_span_and_to_the_person_who_scores() {
    let rec = Recorder::start();
    whose::user("alice").in_scope(|| tracing::info_span!("answer").in_scope(|| ()));
    let span = rec.span("answer");
    let (trace_id, span_id) = (span.trace_id().unwrap(), span.span_id().unwrap());

    whose::user("bob").in_scope(|| {
        tracing::info_span!("rating").in_scope(|| {
            whose::score("helpful", true)
                .span(trace_id, span_id)
                .record();
        });
    });
    let event = only(&rec);
    assert_eq!(
        (event.trace_id(), event.span_id()),
        (Some(trace_id), Some(span_id))
    );
    assert_eq!(event.user_id(), Some("bob"));
}

#[test]
fn score_of_a_session_names_session_conversation_and_user_explicitly() {
    let rec = Recorder::start();
    whose::score("resolved", "yes")
        .session("s-7")
        .conversation("c-7")
        .user("dora")
        .record();
    let event = only(&rec);
    assert_eq!(event.session_id(), Some("s-7"));
    assert_eq!(event.conversation_id(), Some("c-7"));
    assert_eq!(event.user_id(), Some("dora"));
    assert_eq!(event.user_source(), Some(whose::Source::Explicit));
}

#[test]
fn score_without_a_name_or_a_value_is_no_score() {
    let rec = Recorder::start();
    whose::score("", 1).record();
    whose::score("tone", "").record();
    assert!(rec.events().iter().all(|event| event.score().is_none()));
}

#[test]
fn ids_of_a_span_survive_their_bytes() {
    let (trace_id, span_id) = (TraceId::from_bytes([7; 16]), SpanId::from_bytes([9; 8]));
    let rec = Recorder::start();
    whose::score("n", 1).span(trace_id, span_id).record();
    assert_eq!(only(&rec).trace_id(), Some(trace_id));
}
