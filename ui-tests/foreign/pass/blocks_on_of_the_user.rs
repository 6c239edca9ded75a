//! A function that blocks on its own `async` block is not treated as an entry point of `tokio`.
use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use whose::with_user;

fn user() -> Option<String> {
    whose::current().user_id().map(String::from)
}

fn block_on<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            return output;
        }
    }
}

#[with_user("alice")]
fn run() -> usize {
    let x = async { "five" };
    assert_eq!(user().as_deref(), Some("alice"));
    let text = block_on(x);
    assert_eq!(user().as_deref(), Some("alice"));
    text.len()
}

#[whose::trace(user_id = "alice", output)]
fn run_body() -> usize {
    let body = async { user() };
    let inside = block_on(body);
    assert_eq!(inside.as_deref(), Some("alice"));
    assert_eq!(user().as_deref(), Some("alice"));
    4
}

fn main() {
    assert_eq!(run(), 4);
    assert_eq!(run_body(), 4);
}
