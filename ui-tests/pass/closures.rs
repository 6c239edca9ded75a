//! Closures: taken, called in the scope, returned, boxed, and returned early.
use std::ops::ControlFlow;
use whose::{with_session, with_user};

fn user() -> Option<String> {
    whose::current().user_id().map(String::from)
}

type Named = Box<dyn Fn(u8) -> (u8, Option<String>) + Send + Sync>;

// The scope ends with the function, so a returned closure runs outside the scope.
#[with_user(owner)]
fn boxed_early(owner: &str, early: bool) -> Named {
    let made_for = user();
    if early {
        return Box::new(|n| (n, user()));
    }
    Box::new(move |n| (n + 1, made_for.clone()))
}

#[whose::trace(user_id = owner)]
async fn boxed_early_later(owner: &str, way: u8) -> Named {
    tokio::task::yield_now().await;
    if way == 0 {
        return Box::new(|n| (n, user()));
    }
    let made_for = user();
    let named = move |n| (n + way, made_for.clone());
    match way {
        1 => return Box::new(named),
        _ => {}
    }
    Box::new(named)
}

#[with_user("alice")]
fn returned<'a>(text: &'a str) -> impl Fn(usize) -> Option<&'a str> + Clone + 'a {
    assert_eq!(user().as_deref(), Some("alice"));
    move |n| text.get(n..)
}

#[whose::trace(user_id = "alice")]
fn returned_mut<T>(mut all: Vec<T>) -> impl FnMut(T) -> usize {
    assert_eq!(user().as_deref(), Some("alice"));
    move |next| {
        all.push(next);
        all.len()
    }
}

#[whose::trace(user_id = "alice", output)]
fn called<R: std::fmt::Debug>(
    once: impl FnOnce() -> R,
    many: &mut dyn FnMut(&str),
    f: fn() -> u8,
) -> (R, u8) {
    many(&user().unwrap_or_default());
    many("again");
    (once(), f())
}

#[with_session(session_id = f(2))]
async fn called_later<F>(f: F) -> (Option<String>, u8)
where
    F: Fn(u8) -> u8 + Send,
{
    tokio::task::yield_now().await;
    (whose::current().session_id().map(String::from), f(3))
}

#[whose::trace(user_id = "alice")]
async fn async_closure<R>(
    first: impl AsyncFnOnce(&str) -> R,
    mut rest: impl AsyncFnMut() -> bool,
) -> (R, u8) {
    let mut times = 0;
    while rest().await {
        times += 1;
    }
    (first("x").await, times)
}

// A `return` in a closure or an inner async block does not leave the function.
#[with_user("alice")]
async fn inner_returns(list: &[u8]) -> Result<u8, u8> {
    let even = |n: &u8| -> bool {
        if n % 2 == 0 {
            return true;
        }
        false
    };
    let sum = async {
        if list.is_empty() {
            return 0;
        }
        tokio::task::yield_now().await;
        list.iter().sum()
    };
    let found = list.iter().try_for_each(|n| {
        if !even(n) {
            return ControlFlow::Continue(());
        }
        ControlFlow::Break(*n)
    });
    assert_eq!(user().as_deref(), Some("alice"));
    match found {
        ControlFlow::Break(n) => Ok(n),
        ControlFlow::Continue(()) => Err(sum.await),
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    assert_eq!(boxed_early("alice", false)(1), (2, Some("alice".into())));
    assert_eq!(boxed_early("alice", true)(1), (1, None));
    for (way, seen) in [(0, None), (1, Some("alice")), (2, Some("alice"))] {
        let seen = seen.map(String::from);
        assert_eq!(boxed_early_later("alice", way).await(1), (1 + way, seen));
    }
    assert_eq!(returned("text").clone()(2), Some("xt"));
    let mut push = returned_mut(vec![1]);
    assert_eq!((push(2), push(3)), (2, 3));

    let mut seen = Vec::new();
    let text = String::from("moved");
    let out = called(
        move || (text, user()),
        &mut |name| seen.push(name.to_owned()),
        || user().map_or(0, |_| 9),
    );
    assert_eq!(out, (("moved".into(), Some("alice".into())), 9));
    assert_eq!(seen, ["alice", "again"]);
    assert_eq!(called_later(|n| n * 2).await, (Some("4".into()), 6));

    let mut left = 2;
    let rest = async || {
        assert_eq!(user().as_deref(), Some("alice"));
        left -= 1;
        left > 0
    };
    let first = async |text: &str| {
        tokio::task::yield_now().await;
        (text.len(), user())
    };
    assert_eq!(async_closure(first, rest).await, ((1, Some("alice".into())), 1));
    assert_eq!(inner_returns(&[1, 4]).await, Ok(4));
    assert_eq!((inner_returns(&[1, 3]).await, inner_returns(&[]).await), (Err(4), Err(0)));
    assert_eq!(user(), None);
}
