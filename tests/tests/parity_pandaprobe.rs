//! The features of PandaProbe, one test each. Where `whose` differs on purpose, the test states the
//! reason.

use std::panic::{AssertUnwindSafe, catch_unwind};

use tracing::info_span;
use whose::testing::{Recorder, isolate_global};
use whose::{Record, Scope, ScopeExt, Source};

/// Creates a span as the code of an agent does.
fn run_agent() {
    info_span!("agent").in_scope(|| ());
}

fn last(rec: &Recorder) -> Record {
    rec.spans().pop().unwrap()
}

/// Runs the agent, and returns the user id and the session id of its span.
fn agent_ids(rec: &Recorder) -> (Option<String>, Option<String>) {
    run_agent();
    let span = last(rec);
    let owned = |id: Option<&str>| id.map(String::from);
    (owned(span.user_id()), owned(span.session_id()))
}

fn both(user: &str, session: &str) -> (Option<String>, Option<String>) {
    (Some(user.into()), Some(session.into()))
}

#[whose::trace(user_id = "explicit-user")]
fn by_decorator() {}

#[whose::trace(session_id = "explicit-session", user_id = "explicit-user")]
async fn by_decorator_in_async_code() {
    run_agent();
}

// --- scoped

#[test]
fn user_applies_to_every_trace_of_block() {
    let rec = Recorder::start();
    whose::user("user-abc").in_scope(|| {
        run_agent();
        run_agent();
    });
    run_agent();
    let users: Vec<_> = rec
        .spans()
        .iter()
        .map(|s| s.user_id().map(String::from))
        .collect();
    let abc = Some("user-abc".to_owned());
    assert_eq!(users, [abc.clone(), abc, None]);
    assert_eq!(rec.spans()[0].user_source(), Some(Source::Scope));
}

#[test]
fn session_applies_to_every_trace_of_block() {
    let rec = Recorder::start();
    let inside = whose::session("conversation-123").in_scope(|| agent_ids(&rec));
    assert_eq!(inside, (None, Some("conversation-123".into())));
    assert_eq!(agent_ids(&rec), (None, None));
}

#[test]
fn session_and_user_combine_in_either_order() {
    let rec = Recorder::start();
    let expected = both("user-abc", "conversation-123");
    let at_once = whose::session("conversation-123").user("user-abc");
    assert_eq!(at_once.in_scope(|| agent_ids(&rec)), expected);
    let (session, user) = (whose::session("conversation-123"), whose::user("user-abc"));
    let nested = session.clone().in_scope(|| {
        let user = user.clone();
        user.in_scope(|| agent_ids(&rec))
    });
    assert_eq!(nested, expected);
    let other_way_round = user.in_scope(|| session.in_scope(|| agent_ids(&rec)));
    assert_eq!(other_way_round, expected);
}

#[test]
fn nested_blocks_restore_previous_user() {
    let rec = Recorder::start();
    let _outer = whose::session("s-1").user("outer").enter();
    let inner = whose::user("inner").in_scope(|| agent_ids(&rec));
    assert_eq!(
        inner,
        both("inner", "s-1"),
        "the inner scope inherits the session"
    );
    assert_eq!(agent_ids(&rec), both("outer", "s-1"));
}

#[test]
fn failing_block_is_reset() {
    let rec = Recorder::start();
    let fail = || whose::user("user-abc").in_scope(|| panic!("on purpose"));
    assert!(catch_unwind(AssertUnwindSafe(fail)).is_err());
    assert_eq!(agent_ids(&rec), (None, None));
}

#[tokio::test(flavor = "current_thread")]
async fn scope_holds_across_await() {
    let rec = Recorder::start();
    let agent = async {
        tokio::task::yield_now().await;
        run_agent();
    };
    agent.with_scope(whose::user("user-abc")).await;
    assert_eq!(last(&rec).user_id(), Some("user-abc"));
}

// --- imperative

#[test]
fn set_user_and_set_session_hold_for_later_traces() {
    let rec = Recorder::start();
    whose::set_session("conversation-123");
    whose::set_user("user-abc");
    assert_eq!(agent_ids(&rec), both("user-abc", "conversation-123"));
    whose::set_user("user-xyz");
    assert_eq!(agent_ids(&rec), both("user-xyz", "conversation-123"));
    assert_eq!(last(&rec).user_source(), Some(Source::Isolation));
}

#[test]
fn set_user_in_script_holds_for_process() {
    let _global = isolate_global();
    whose::global().set_user("user-abc");
    std::thread::scope(|threads| {
        let scope = Scope::current();
        let other = threads.spawn(|| scope.in_scope(|| whose::current().user_source()));
        assert_eq!(other.join().unwrap(), Some(Source::Global));
    });
    assert_eq!(whose::current().user_id(), Some("user-abc"));
}

/// PandaProbe never resets `set_user` and documents the effect: the next request of a worker starts
/// with the user of the previous request. In `whose`, the user ends with the isolated scope of the
/// request.
#[test]
fn set_user_ends_with_its_request() {
    let rec = Recorder::start();
    Scope::isolated().in_scope(|| whose::set_user("user-abc"));
    let next = Scope::isolated().in_scope(|| agent_ids(&rec));
    assert_eq!(next, (None, None));
}

// --- explicit

#[test]
fn explicit_on_trace() {
    let rec = Recorder::start();
    by_decorator();
    let span = rec.span("by_decorator");
    assert_eq!(span.user_id(), Some("explicit-user"));
    assert_eq!(span.user_source(), Some(Source::Explicit));
}

#[tokio::test(flavor = "current_thread")]
async fn explicit_on_trace_holds_inside_trace() {
    let rec = Recorder::start();
    by_decorator_in_async_code().await;
    let span = rec.span("agent");
    assert_eq!(span.user_id(), Some("explicit-user"));
    assert_eq!(span.session_id(), Some("explicit-session"));
}

#[test]
fn explicit_on_start_trace() {
    let rec = Recorder::start();
    let trace = info_span!("start_trace", user.id = "explicit-user");
    trace.in_scope(run_agent);
    drop(trace);
    assert_eq!(
        rec.span("start_trace").user_source(),
        Some(Source::Explicit)
    );
    assert_eq!(rec.span("start_trace").user_id(), Some("explicit-user"));
    assert_eq!(rec.span("agent").user_id(), Some("explicit-user"));
}

#[test]
fn explicit_over_scoped_over_global() {
    let _global = isolate_global();
    let rec = Recorder::start();
    whose::global().set_user("global");
    assert_eq!(agent_ids(&rec).0.as_deref(), Some("global"));
    whose::set_user("request");
    assert_eq!(agent_ids(&rec).0.as_deref(), Some("request"));
    whose::user("scoped").in_scope(|| {
        assert_eq!(agent_ids(&rec).0.as_deref(), Some("scoped"));
        by_decorator();
    });
    assert_eq!(rec.span("by_decorator").user_id(), Some("explicit-user"));
}

#[test]
fn explicit_session_keeps_scoped_user() {
    let rec = Recorder::start();
    let scope = whose::user("user-abc").session("scoped");
    scope.in_scope(|| info_span!("agent", session.id = "explicit").in_scope(|| ()));
    let span = last(&rec);
    assert_eq!(
        (span.user_id(), span.session_id()),
        (Some("user-abc"), Some("explicit"))
    );
    assert_eq!(span.user_source(), Some(Source::Scope));
    assert_eq!(span.session_source(), Some(Source::Explicit));
}

// --- intended differences

/// PandaProbe documents that a block wins over `set_user`, but both write one variable: a
/// `set_user` inside the block wins until the end of the block and is lost there. In `whose` the
/// block wins, the write counts as shadowed, and the written user holds after the block.
#[test]
fn set_user_inside_block_holds_after_block() {
    let rec = Recorder::start();
    let before = whose::stats().shadowed_writes;
    whose::user("block").in_scope(|| {
        whose::set_user("written");
        assert_eq!(agent_ids(&rec).0.as_deref(), Some("block"));
    });
    assert_eq!(agent_ids(&rec).0.as_deref(), Some("written"));
    assert_eq!(whose::stats().shadowed_writes, before + 1);
}

/// A PandaProbe trace has one user. In `whose` each span has the user of its creation, so the spans
/// of an agent that works for several users have different users.
#[test]
fn spans_of_one_trace_may_have_several_users() {
    let rec = Recorder::start();
    let trace = info_span!("start_trace", user.id = "alice");
    trace.in_scope(|| whose::user("bob").in_scope(run_agent));
    drop(trace);
    let (outer, inner) = (rec.span("start_trace"), rec.span("agent"));
    assert_eq!(
        (outer.user_id(), inner.user_id()),
        (Some("alice"), Some("bob"))
    );
    assert_eq!(outer.trace_id(), inner.trace_id());
}

/// PandaProbe accepts the empty text as an id, and groups all traces without an id under one user.
/// `whose` ignores an empty id.
#[test]
fn empty_id_is_ignored() {
    let rec = Recorder::start();
    whose::set_user("user-abc");
    let scope = whose::user("").session("");
    assert_eq!(
        scope.in_scope(|| agent_ids(&rec)),
        (Some("user-abc".into()), None)
    );
}

/// Python copies its context into each new task. Most spawned work outlives its request, so a task
/// carries a scope of `whose` only explicitly.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn task_carries_user_explicitly() {
    let rec = Recorder::start();
    whose::set_user("user-abc");
    let agent = || async { whose::current().user_id().map(String::from) };
    let plain = tokio::spawn(agent()).await.unwrap();
    let carried = tokio::spawn(agent().with_current_scope()).await.unwrap();
    let spawned = whose::task::spawn(agent()).await.unwrap();
    let abc = Some("user-abc".to_owned());
    assert_eq!((plain, carried, spawned), (None, abc.clone(), abc));
    drop(rec);
}

/// PandaProbe keeps the open spans of all tasks in one list, so a span of one task becomes the
/// parent of a span of another task. In `whose` the parent of a span is a span of the same task.
#[tokio::test(flavor = "current_thread")]
async fn concurrent_tasks_are_not_each_others_parents() {
    #[whose::trace(user_id)]
    async fn turn(user_id: &'static str) {
        tokio::task::yield_now().await;
        run_agent();
        tokio::task::yield_now().await;
    }
    let rec = Recorder::start();
    tokio::join!(turn("alice"), turn("bob"));
    let spans = rec.spans();
    let turns = spans.iter().filter(|span| span.name() == "turn");
    for turn in turns {
        let inner = spans
            .iter()
            .find(|span| span.parent_id() == turn.span_id() && span.name() == "agent");
        assert_eq!(inner.unwrap().user_id(), turn.user_id());
    }
    assert_eq!(spans.len(), 4);
}
