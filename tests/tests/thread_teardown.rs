//! Calls during the destruction of thread-locals do not panic (a panic would end the process) and
//! leave no user behind, in every order of destruction.

use std::cell::RefCell;
use std::future::pending;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Sender, channel};
use std::thread;

use tracing::{info, info_span};
use whose::{RecordType, Scope, ScopeExt as _};
use whose_tests::current::{is_nothing_current, poll};
use whose_tests::recorder::recorder;

/// The actions that run when the thread-locals of this file are destroyed, in the order of their
/// registration.
#[derive(Default)]
struct AtExit {
    actions: Vec<Action>,
    outcomes: Option<Sender<Outcome>>,
}

type Action = (&'static str, Box<dyn FnOnce()>);

/// The name of an action, and whether the action succeeded.
type Outcome = (&'static str, bool);

thread_local! {
    static AT_EXIT: RefCell<AtExit> = RefCell::default();
}

impl Drop for AtExit {
    fn drop(&mut self) {
        for (name, action) in self.actions.drain(..) {
            let succeeded = catch_unwind(AssertUnwindSafe(action)).is_ok();
            if let Some(outcomes) = &self.outcomes {
                outcomes.send((name, succeeded)).expect("the test waits");
            }
        }
    }
}

fn at_exit(name: &'static str, action: impl FnOnce() + 'static) {
    AT_EXIT.with_borrow_mut(|at_exit| at_exit.actions.push((name, Box::new(action))));
}

/// When the thread-locals of `whose` are destroyed. The thread-local used last is destroyed first.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Destroyed {
    /// Before the thread-locals of this file.
    Before,
    /// After the thread-locals of this file.
    After,
}

/// Runs `prepare` on a thread, and asserts that every registered action succeeds at the end of the
/// thread. Returns the names of the actions.
fn run_teardown(whose: Destroyed, prepare: fn()) -> Vec<&'static str> {
    recorder();
    let (send, outcomes) = channel();
    let body = move || {
        match whose {
            Destroyed::Before => AT_EXIT.with(|_| ()),
            Destroyed::After => drop(Scope::current()),
        }
        AT_EXIT.with_borrow_mut(|at_exit| at_exit.outcomes = Some(send));
        at_exit("the order", move || {
            let seen = whose::user("seen").in_scope(|| whose::current().user_id().is_some());
            assert_eq!(seen, whose == Destroyed::After, "an unexpected order");
        });
        prepare();
    };
    thread::spawn(body).join().expect("the thread");
    let outcomes: Vec<_> = outcomes.iter().collect();
    for (name, succeeded) in &outcomes {
        assert!(succeeded, "{name}, {whose:?}");
    }
    // A new thread may reuse the memory of the ended thread.
    assert!(thread::spawn(is_nothing_current).join().expect("a thread"));
    assert!(is_nothing_current());
    outcomes.into_iter().map(|(name, _)| name).collect()
}

fn in_both_orders(prepare: fn()) {
    for whose in [Destroyed::Before, Destroyed::After] {
        let names = run_teardown(whose, prepare);
        assert!(names.len() > 1, "no registered action: {names:?}");
    }
}

/// Asserts at its drop that the current user is unset or this user.
struct NoOtherUser(&'static str);

impl Drop for NoOtherUser {
    fn drop(&mut self) {
        whose::with_current(|attribution| {
            assert!([None, Some(self.0)].contains(&attribution.user_id()));
        });
    }
}

#[test]
fn guards_drop_in_any_order_during_teardown() {
    in_both_orders(|| {
        let outer = whose::user("outer").enter();
        let inner = whose::user("inner").enter();
        let captured = whose::user("captured").in_scope(Scope::current).enter();
        let isolated = Scope::isolated().enter();
        at_exit("outer", || drop(outer));
        at_exit("captured", || drop(captured));
        at_exit("isolated", || drop(isolated));
        at_exit("inner", || drop(inner));
        at_exit("no user", || assert_eq!(whose::current().user_id(), None));
    });
}

#[test]
fn scopes_drop_and_enter_during_teardown() {
    in_both_orders(|| {
        let (fixed, isolated) = (whose::user("fixed"), Scope::isolated());
        let captured = fixed.clone().in_scope(Scope::current);
        for scope in [fixed, isolated, captured] {
            let again = scope.clone();
            at_exit("dropped", || drop(scope));
            let unwound = again.clone();
            at_exit("in_scope", || again.in_scope(|| drop(NoOtherUser("fixed"))));
            at_exit("guard", || drop(unwound.enter()));
        }
    });
}

#[test]
fn futures_are_polled_and_dropped_during_teardown() {
    in_both_orders(|| {
        let new = || {
            let held = NoOtherUser("alice");
            let future = async move {
                let _held = held;
                drop(NoOtherUser("alice"));
                pending::<()>().await;
            };
            Box::pin(future.with_scope(whose::user("alice")))
        };
        let never_polled = new();
        at_exit("never polled", || drop(never_polled));
        let mut polled = new();
        assert!(poll(polled.as_mut()).is_pending());
        at_exit("polled", || drop(polled));
        let mut late = new();
        at_exit("polled late", move || {
            assert!(poll(late.as_mut()).is_pending())
        });
        let captured = whose::user("alice").in_scope(|| Box::pin(new().with_current_scope()));
        at_exit("captured", || drop(captured));
    });
}

#[test]
fn reads_and_writes_are_harmless_during_teardown() {
    in_both_orders(|| {
        let scope = Scope::isolated().user("alice");
        let guard = scope.enter();
        let handle = whose::isolation().expect("an isolated scope");
        at_exit("reads", || {
            drop(NoOtherUser("alice"));
            drop((whose::current(), Scope::current(), whose::isolation()));
        });
        at_exit("writes", || {
            whose::set_user("bob");
            whose::set_session("s-bob");
            whose::set_tag("k", "v");
            whose::clear_user();
            whose::set_anonymous();
        });
        at_exit("handles", move || handle.set_user("carol"));
        at_exit("guard", || drop(guard));
        at_exit("no user", || assert_eq!(whose::current().user_id(), None));
    });
    // The writes reach neither this thread nor the process.
    assert_eq!(whose::current(), whose::Attribution::default());
}

#[test]
fn teardown_events_have_no_user_and_spans_keep_theirs() {
    in_both_orders(|| {
        let forgotten = whose::user("forgotten").enter();
        let span = info_span!("closed in teardown");
        let of_entered = || info_span!("exited in teardown").entered();
        let entered = whose::user("entered").in_scope(of_entered);
        at_exit("exit", || drop(entered));
        at_exit("guard", || drop(forgotten));
        // No action creates or enters a span, because the registry panics then.
        at_exit("event", || info!("event in teardown"));
        at_exit("error", || whose::capture_error(&std::fmt::Error));
        at_exit("usage", || whose::usage("model").input_tokens(1).record());
        at_exit("close", || drop(span));
    });
    let mut spans = Vec::new();
    let records = recorder().records();
    for record in &records {
        match record.record_type() {
            RecordType::Span => spans.push((record.name(), record.user_id())),
            _ => assert_eq!(record.user_id(), None, "{record:?}"),
        }
    }
    let exited = ("exited in teardown", Some("entered"));
    let closed = ("closed in teardown", Some("forgotten"));
    assert_eq!(spans, [exited, closed, exited, closed]);
}
