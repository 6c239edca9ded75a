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

/// What is done when the thread-locals of this file are destroyed, in the order in which it was
/// put here.
#[derive(Default)]
struct AtExit {
    last: Vec<Last>,
    outcomes: Option<Sender<Outcome>>,
}

type Last = (&'static str, Box<dyn FnOnce()>);

/// What was done, and whether it went well.
type Outcome = (&'static str, bool);

thread_local! {
    static AT_EXIT: RefCell<AtExit> = RefCell::default();
}

impl Drop for AtExit {
    fn drop(&mut self) {
        for (name, last) in self.last.drain(..) {
            let went_well = catch_unwind(AssertUnwindSafe(last)).is_ok();
            if let Some(outcomes) = &self.outcomes {
                outcomes.send((name, went_well)).expect("the test waits");
            }
        }
    }
}

fn at_exit(name: &'static str, last: impl FnOnce() + 'static) {
    AT_EXIT.with_borrow_mut(|at_exit| at_exit.last.push((name, Box::new(last))));
}

/// Which thread-locals are destroyed first: those that were used last.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Destroyed {
    /// Those of `whose` are gone when this file's are destroyed.
    Before,
    /// Those of `whose` are still there.
    After,
}

/// Runs `prepare` on a thread, waits for its end, and checks that all that `prepare` put off until
/// then went well; says what was done.
fn ends_well(whose: Destroyed, prepare: fn()) -> Vec<&'static str> {
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
            assert_eq!(seen, whose == Destroyed::After, "the order is another one");
        });
        prepare();
    };
    thread::spawn(body).join().expect("the thread");
    let outcomes: Vec<_> = outcomes.iter().collect();
    for (name, went_well) in &outcomes {
        assert!(went_well, "{name}, {whose:?}");
    }
    // A thread that the system gives the same place to, and this one, know nothing of it.
    assert!(thread::spawn(is_nothing_current).join().expect("a thread"));
    assert!(is_nothing_current());
    outcomes.into_iter().map(|(name, _)| name).collect()
}

fn in_both_orders(prepare: fn()) {
    for whose in [Destroyed::Before, Destroyed::After] {
        let done = ends_well(whose, prepare);
        assert!(done.len() > 1, "nothing was put off: {done:?}");
    }
}

/// Asserts, while it is dropped, that nobody but `0` is current.
struct Nobody(&'static str);

impl Drop for Nobody {
    fn drop(&mut self) {
        whose::with_current(|at| assert!([None, Some(self.0)].contains(&at.user_id())));
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
        at_exit("nobody", || assert_eq!(whose::current().user_id(), None));
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
            at_exit("in_scope", || again.in_scope(|| drop(Nobody("fixed"))));
            at_exit("guard", || drop(unwound.enter()));
        }
    });
}

#[test]
fn futures_are_polled_and_dropped_during_teardown() {
    in_both_orders(|| {
        let new = || {
            let held = Nobody("alice");
            let future = async move {
                let _held = held;
                drop(Nobody("alice"));
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
            drop(Nobody("alice"));
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
        at_exit("nobody", || assert_eq!(whose::current().user_id(), None));
    });
    // It went to no other thread, and not to the process.
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
        // No span is created or entered here: the registry itself panics at that.
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
