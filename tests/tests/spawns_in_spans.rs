//! A task keeps the user of the stack that spawns it, whatever span is current.

use tracing::{Instrument as _, Span, info_span};
use whose::{Scope, ScopeExt as _};
use whose_tests::current::{assert_user, user_id};
use whose_tests::recorder::recorder;

fn deep<R>(n: u32, f: impl FnOnce() -> R) -> R {
    let f: Box<dyn FnOnce() -> R + '_> = Box::new(f);
    match n {
        0 => f(),
        n => whose::tag(format!("k{n}"), "v").in_scope(|| deep(n - 1, f)),
    }
}

async fn spawned(frames: u32, outer: Scope) -> Option<String> {
    let task = outer.in_scope(|| {
        info_span!("request").in_scope(|| {
            deep(frames, || {
                whose::user("bob").in_scope(|| whose::task::spawn(async { user_id() }))
            })
        })
    });
    task.await.unwrap()
}

#[tokio::test]
async fn task_below_few_frames_has_innermost_user() {
    recorder();
    assert_eq!(
        spawned(5, whose::user("alice")).await.as_deref(),
        Some("bob")
    );
}

#[tokio::test]
async fn task_below_many_frames_has_innermost_user() {
    recorder();
    assert_eq!(
        spawned(40, whose::user("alice")).await.as_deref(),
        Some("bob")
    );
}

#[tokio::test]
async fn task_below_many_request_frames_has_innermost_user() {
    recorder();
    let request = Scope::isolated().user("alice");
    assert_eq!(spawned(40, request).await.as_deref(), Some("bob"));
}

/// The span of an ended request gives way to an open request.
#[tokio::test]
async fn task_in_span_of_ended_request_keeps_user() {
    recorder();
    let request = Scope::isolated();
    request.clone().in_scope(|| whose::set_user("bob"));
    let span = Scope::isolated().in_scope(|| {
        whose::set_user("alice");
        info_span!("connection")
    });
    let spawn = || whose::task::spawn(async { user_id() });
    let task = request.in_scope(|| span.in_scope(spawn));
    assert_eq!(task.await.unwrap().as_deref(), Some("bob"));
}

/// The task enters the span of an outer scope on a flattened stack.
#[tokio::test]
async fn future_below_many_frames_has_innermost_user() {
    recorder();
    let task = whose::user("alice").in_scope(|| {
        let span = info_span!("request");
        deep(40, || {
            whose::user("bob").in_scope(|| {
                let future = async { user_id() }.instrument(span);
                tokio::spawn(future.with_current_scope())
            })
        })
    });
    assert_eq!(task.await.unwrap().as_deref(), Some("bob"));
}

/// A stack of more than 32 frames is flattened for a span.
#[test]
fn outer_span_entered_in_deep_scope_changes_nothing() {
    fn nest(depth: u32, span: &Span) {
        let user = format!("user-{depth}");
        whose::user(user.as_str()).in_scope(|| {
            span.in_scope(|| assert_user(&user));
            if depth < 80 {
                nest(depth + 1, &info_span!("of this depth"));
            }
        });
    }
    recorder();
    nest(0, &Span::none());
}
