//! A guard that is dropped out of order or leaked leaves no user behind: the loss of a user is
//! better than a wrong user.

use std::future::pending;
use std::mem::forget;

use whose::{Guard, Scope, ScopeExt as _};
use whose_tests::current::{assert_user, is_nothing_current, poll, user_id};

/// Every permutation of the numbers below `n`.
fn permutations(n: usize) -> Vec<Vec<usize>> {
    if n == 0 {
        return vec![Vec::new()];
    }
    let insert = |order: Vec<usize>| {
        (0..n).map(move |index| {
            let mut order = order.clone();
            order.insert(index, n - 1);
            order
        })
    };
    permutations(n - 1).into_iter().flat_map(insert).collect()
}

/// A scope with the user `n`, of a kind that depends on `n` and `captured`.
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
fn guard_dropped_out_of_order_ends_scopes_opened_after() {
    let permutations = permutations(5);
    assert_eq!(permutations.len(), 120);
    for order in &permutations {
        for captured in 0..=5 {
            drop_in_order(order, captured, false);
            drop_in_order(order, captured, true);
        }
    }
}

/// Opens five guards, the first `captured` of them with captured scopes, and drops the guards in
/// `order`. If `is_kept`, a captured scope keeps each stack alive.
fn drop_in_order(order: &[usize], captured: usize, is_kept: bool) {
    let mut kept = Vec::new();
    let mut guards: Vec<Option<Guard>> = Vec::new();
    for n in 0..5 {
        guards.push(Some(scope(n, n < captured).enter()));
        if is_kept {
            kept.push(Scope::current());
        }
    }
    let mut open = 5;
    for &n in order {
        guards[n] = None;
        open = open.min(n);
        let expected = open.checked_sub(1).map(|top| top.to_string());
        assert_eq!(
            user_id(),
            expected,
            "{n} of {order:?}, {captured}, {is_kept}"
        );
    }
    assert!(is_nothing_current(), "{order:?}, {captured}, {is_kept}");
    for (n, scope) in kept.into_iter().enumerate() {
        scope.in_scope(|| assert_user(&n.to_string()));
    }
}

#[test]
fn guards_in_fields_end_in_field_order() {
    struct Guards {
        outer: Guard,
        inner: Guard,
    }
    whose::user("alice").in_scope(|| {
        let outer = whose::user("outer").enter();
        let inner = whose::user("inner").enter();
        let guards = Guards { outer, inner };
        assert_user("inner");
        drop(guards);
        assert_user("alice");

        let outer = whose::user("outer").enter();
        let inner = whose::user("inner").enter();
        let Guards { outer, inner } = Guards { outer, inner };
        drop(inner);
        assert_user("outer");
        drop(outer);
        assert_user("alice");
    });
}

#[test]
fn leaked_guard_ends_with_enclosing_scope() {
    let leak = || forget(whose::user("leaked").enter());

    whose::user("alice").in_scope(|| {
        whose::session("s-1").in_scope(leak);
        assert_user("alice");
        leak();
        assert_user("leaked");
    });
    assert!(is_nothing_current(), "in a closure");

    let outer = whose::user("alice").enter();
    leak();
    drop(outer);
    assert!(is_nothing_current(), "under a guard");

    let mut polled = Box::pin(async { leak() }.with_scope(whose::user("alice")));
    assert!(poll(polled.as_mut()).is_ready());
    assert!(is_nothing_current(), "in a poll");
}

#[test]
fn leaked_guard_ends_with_enclosing_empty_scope() {
    let leak = || forget(whose::user("leaked").enter());

    let mut polled = Box::pin(async { leak() }.with_current_scope());
    assert!(poll(polled.as_mut()).is_ready());
    assert!(is_nothing_current(), "in a poll");

    Scope::new().in_scope(leak);
    assert!(is_nothing_current(), "in a closure");
}

#[test]
fn leaked_captured_scope_ends_with_enclosing_guard() {
    let captured = whose::user("leaked").in_scope(Scope::current);
    let outer = whose::user("alice").enter();
    forget(captured.enter());
    drop(outer);
    assert!(is_nothing_current());
}

#[test]
fn guard_leaked_in_destructor_ends_with_enclosing_scope() {
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
        assert!(is_nothing_current());
    }
}
