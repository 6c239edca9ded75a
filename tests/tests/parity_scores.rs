//! Scores as PandaProbe and Langfuse have them: of the current trace, of an earlier trace, and without a
//! number. Sentry, SeeStack and JamJet have no scores.

use tracing::info_span;
use whose::testing::Recorder;
use whose::{Actor, Source};

#[test]
fn score_of_trace_has_user_and_session_of_trace() {
    let rec = Recorder::start();
    whose::session("conversation-123")
        .user("user-abc")
        .in_scope(|| {
            info_span!("agent").in_scope(|| {
                whose::score("faithfulness", 0.75)
                    .comment("names the source")
                    .record();
            });
        });
    let (event, span) = (&rec.events()[0], rec.span("agent"));
    let score = event.score().unwrap();
    assert_eq!((score.name, score.value), ("faithfulness", Some(0.75)));
    assert_eq!(score.comment, Some("names the source"));
    let ids = (event.user_id(), event.session_id());
    assert_eq!(ids, (Some("user-abc"), Some("conversation-123")));
    assert_eq!(
        (event.trace_id(), event.span_id()),
        (span.trace_id(), span.span_id())
    );
}

#[test]
fn score_of_earlier_trace_names_its_user_and_session() {
    let rec = Recorder::start();
    let scope = whose::session("conversation-123").user("user-abc");
    scope.in_scope(|| info_span!("agent").in_scope(|| ()));
    let span = rec.span("agent");
    // An evaluator runs later, under its own user. The score names whom it rates, and who rates.
    let (trace, id) = (span.trace_id().unwrap(), span.span_id().unwrap());
    whose::user("evaluations").in_scope(|| {
        whose::score("helpful", true)
            .span(trace, id)
            .user("user-abc")
            .session("conversation-123")
            .actor(Actor::service("nightly-judge"))
            .record();
    });
    let event = &rec.events()[0];
    assert_eq!(
        (event.trace_id(), event.span_id()),
        (span.trace_id(), span.span_id())
    );
    assert_eq!(event.user_id(), Some("user-abc"));
    assert_eq!(event.session_id(), Some("conversation-123"));
    assert_eq!(event.actor_id(), Some("nightly-judge"));
    assert_eq!(event.user_source(), Some(Source::Explicit));
}

#[test]
fn categorical_and_boolean_scores_have_a_label() {
    let rec = Recorder::start();
    whose::score("tone", "polite").record();
    whose::score("answered", false).record();
    let events = rec.events();
    let score = events[0].score().unwrap();
    assert_eq!((score.value, score.label), (None, Some("polite")));
    let score = events[1].score().unwrap();
    assert_eq!((score.value, score.label), (Some(0.0), Some("false")));
}
