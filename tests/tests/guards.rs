//! Guards that are dropped out of order, or never, leave nobody behind: it is better to lose a user
//! early than to keep a wrong one.

use std::future::pending;
use std::mem::forget;

use whose::{Guard, Scope, ScopeExt as _};
use whose_tests::here::{assert_user, is_nothing_here, poll, user_id};

/// Every order of the numbers below `n`.
fn orders(n: usize) -> Vec<Vec<usize>> {
    if n == 0 {
        return vec![Vec::new()];
    }
    let insert = |order: Vec<usize>| {
        (0..n).map(move |at| {
            let mut order = order.clone();
            order.insert(at, n - 1);
            order
        })
    };
    orders(n - 1).into_iter().flat_map(insert).collect()
}

/// What is made current by a guard: users told apart by a number, over every kind of scope.
fn scope(n: usize, captured: bool) -> Scope {
    let scope = match n % 2 {
        0 => whose::user(n),
        _ => Scope::isolated().user(n),
    };
    if captured {
        scope.in_scope(Scope::current)
    } else {
        scope
    }
}

#[test]
fn a_guard_dropped_out_of_order_ends_what_was_opened_on_top_of_it() {
    let orders = orders(5);
    assert_eq!(orders.len(), 120);
    // Which of the scopes are captured ones, and whether somebody keeps what is current.
    for (order, variant) in orders
        .iter()
        .flat_map(|order| (0..64).map(move |v| (order, v)))
    {
        let is_captured = |n: usize| variant >> n & 1 == 1;
        let is_kept = variant >> 5 == 1;
        let mut kept = Vec::new();
        let mut guards: Vec<Option<Guard>> = (0..5)
            .map(|n| {
                let guard = scope(n, is_captured(n)).enter();
                is_kept.then(|| kept.push(Scope::current()));
                Some(guard)
            })
            .collect();
        let mut open: Vec<usize> = (0..5).collect();
        for &n in order {
            guards[n] = None;
            if let Some(at) = open.iter().position(|&it| it == n) {
                // A captured scope is a level of its own: it ends with what is in it, and does not
                // end with a frame around it.
                let inner =
                    (at + 1..open.len()).find(|&it| !is_captured(n) && is_captured(open[it]));
                open.drain(at..inner.unwrap_or(open.len()));
            }
            let expected = open.last().map(|top| top.to_string());
            assert_eq!(user_id(), expected, "{n} of {order:?}, variant {variant:b}");
        }
        assert!(is_nothing_here(), "{order:?}, variant {variant:b}");
    }
}

#[test]
fn guards_in_fields_end_in_the_order_of_the_fields() {
    struct Held {
        outer: Guard,
        inner: Guard,
    }
    whose::user("alice").in_scope(|| {
        let outer = whose::user("outer").enter();
        let inner = whose::user("inner").enter();
        let held = Held { outer, inner };
        assert_user("inner");
        drop(held);
        assert_user("alice");

        let outer = whose::user("outer").enter();
        let inner = whose::user("inner").enter();
        let Held { outer, inner } = Held { outer, inner };
        drop(inner);
        assert_user("outer");
        drop(outer);
        assert_user("alice");
    });
}

#[test]
fn a_guard_that_is_never_dropped_ends_with_what_is_around_it() {
    let leak = || forget(whose::user("leaked").enter());

    whose::user("alice").in_scope(|| {
        whose::session("s-1").in_scope(leak);
        assert_user("alice");
        leak();
        assert_user("leaked");
    });
    assert!(is_nothing_here(), "in a closure");

    let outer = whose::user("alice").enter();
    leak();
    drop(outer);
    assert!(is_nothing_here(), "under a guard");

    let mut polled = Box::pin(async { leak() }.with_scope(whose::user("alice")));
    assert!(poll(polled.as_mut()).is_ready());
    assert!(is_nothing_here(), "in a poll");
}

#[test]
fn a_guard_that_is_never_dropped_ends_with_the_scope_around_it_also_if_that_says_nothing() {
    let leak = || forget(whose::user("leaked").enter());

    let mut polled = Box::pin(async { leak() }.with_current_scope());
    assert!(poll(polled.as_mut()).is_ready());
    assert!(is_nothing_here(), "in a poll");

    Scope::new().in_scope(leak);
    assert!(is_nothing_here(), "in a closure");
}

#[test]
fn a_captured_scope_that_is_never_left_ends_with_the_guard_around_it() {
    let captured = whose::user("leaked").in_scope(Scope::current);
    let outer = whose::user("alice").enter();
    forget(captured.enter());
    drop(outer);
    assert!(is_nothing_here());
}

#[test]
fn a_guard_that_is_forgotten_in_a_destructor_ends_with_what_is_around_that() {
    struct Leaks;
    impl Drop for Leaks {
        fn drop(&mut self) {
            assert_user("alice");
            forget(whose::user("leaked").enter());
            forget(whose::user("leaked again").in_scope(Scope::current).enter());
        }
    }
    for scope in [
        whose::user("alice"),
        whose::user("alice").in_scope(Scope::current),
    ] {
        let leaks = Leaks;
        let future = async move {
            let _leaks = leaks;
            pending::<()>().await;
        };
        let future = Box::pin(future.with_scope(scope));
        whose::user("bob").in_scope(|| {
            drop(future);
            assert_user("bob");
        });
        assert!(is_nothing_here());
    }
}
