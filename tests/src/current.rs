//! The current attribution of this thread.

use std::pin::Pin;
use std::task::{Context, Poll, Waker};

/// The id of the current user.
pub fn user_id() -> Option<String> {
    whose::with_current(|attribution| attribution.user_id().map(String::from))
}

/// The ids of the current user and session.
pub fn current_user_and_session() -> (Option<String>, Option<String>) {
    let session = whose::with_current(|attribution| attribution.session_id().map(String::from));
    (user_id(), session)
}

/// Whether this thread has no current attribution and no frame.
pub fn is_nothing_current() -> bool {
    format!("{:?}", whose::Scope::current()) == "Scope(detached)"
        && whose::current() == whose::Attribution::default()
        && whose::isolation().is_none()
}

/// Asserts the id of the current user.
///
/// # Panics
/// If another user or no user is current.
#[track_caller]
pub fn assert_user(user: &str) {
    assert_eq!(user_id().as_deref(), Some(user));
}

/// Polls a future once on this thread.
pub fn poll<F: Future + ?Sized>(future: Pin<&mut F>) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(Waker::noop()))
}
