//! An unpolled future evaluates nothing at its drop, and a polled future is dropped in its scope.
use std::cell::{Cell, RefCell};
use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use whose::with_user;

thread_local!(static LOG: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) });

fn user() -> String {
    whose::current().user_id().unwrap_or("nobody").to_owned()
}

/// Logs the current user at its drop.
struct Loud(&'static str);

impl Loud {
    fn len(&self) -> usize {
        self.0.len()
    }
}

impl Drop for Loud {
    fn drop(&mut self) {
        LOG.with_borrow_mut(|log| log.push(format!("{} of {}", self.0, user())));
    }
}

#[with_user(from = next(count))]
async fn of_user(count: &Cell<u8>, argument: Loud, _: Loud) -> usize {
    let _local = Loud("local");
    tokio::task::yield_now().await;
    argument.len()
}

#[whose::trace(user_id = next(count), fields(n = next(count)), output)]
async fn traced(count: &Cell<u8>, argument: Loud, _: Loud) -> usize {
    let _local = Loud("local");
    tokio::task::yield_now().await;
    argument.len()
}

fn next(count: &Cell<u8>) -> u8 {
    count.set(count.get() + 1);
    count.get()
}

fn polled<T>(future: impl Future<Output = T>, times: usize) -> Option<T> {
    let mut future = pin!(future);
    let mut context = Context::from_waker(Waker::noop());
    for _ in 0..times {
        if let Poll::Ready(out) = future.as_mut().poll(&mut context) {
            return Some(out);
        }
    }
    None
}

fn seen(run: impl FnOnce() -> Option<usize>) -> (Option<usize>, Vec<String>) {
    LOG.take();
    let out = run();
    assert_eq!(user(), "nobody");
    (out, LOG.take())
}

fn main() {
    let count = Cell::new(0);
    // An unpolled future has no scope, and evaluates no expression.
    let expected = (None, vec!["argument of nobody".into(), "ignored of nobody".into()]);
    assert_eq!(seen(|| polled(of_user(&count, Loud("argument"), Loud("ignored")), 0)), expected);
    assert_eq!(seen(|| polled(traced(&count, Loud("argument"), Loud("ignored")), 0)), expected);
    assert_eq!(count.get(), 0);

    for (times, out) in [(1, None), (2, Some(8))] {
        count.set(0);
        let (ended, log) =
            seen(|| polled(of_user(&count, Loud("argument"), Loud("ignored")), times));
        assert_eq!((ended, count.get()), (out, 1));
        assert_eq!(log[..2], ["local of 1", "argument of 1"]);
        assert!(log[2].starts_with("ignored of"), "{log:?}");

        count.set(0);
        let (ended, log) =
            seen(|| polled(traced(&count, Loud("argument"), Loud("ignored")), times));
        assert_eq!((ended, count.get()), (out, 2));
        assert_eq!(log[..2], ["local of 1", "argument of 1"]);
    }
    // A drop in the scope of another user does not change the user of each part.
    let bob = || {
        whose::user("bob")
            .in_scope(|| polled(of_user(&count, Loud("argument"), Loud("ignored")), 1))
    };
    count.set(0);
    assert_eq!(seen(bob).1[..2], ["local of 1", "argument of 1"]);
}
