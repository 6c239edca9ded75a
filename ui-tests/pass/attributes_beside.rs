//! Other attributes keep their effect beside those of `whose`, in both orders.
#![deny(missing_docs)]
use whose::with_user;

/// Documented.
#[must_use]
#[inline]
#[whose::trace(user_id = "u")]
pub fn documented() -> u8 {
    //! Inner documentation.
    #![allow(unused_variables)]
    let unused = 1;
    2
}

/// Below `instrument`.
#[tracing::instrument]
#[whose::trace(user_id)]
pub async fn below(user_id: &str) -> Option<String> {
    tokio::task::yield_now().await;
    whose::current().user_id().map(String::from)
}

/// Above `instrument`.
#[whose::trace(user_id)]
#[tracing::instrument(err)]
pub async fn above(user_id: &str) -> Result<u8, std::num::ParseIntError> {
    tokio::task::yield_now().await;
    assert_eq!(whose::current().user_id(), Some(user_id));
    user_id.parse()
}

/// Two attributes of `whose`.
#[with_user(user_id = "inner")]
#[whose::with_session("s-1")]
#[cfg(all())]
#[deprecated = "still works"]
pub fn two() -> (Option<String>, Option<String>) {
    let at = whose::current();
    (at.user_id().map(String::from), at.session_id().map(String::from))
}

#[cfg(any())]
#[whose::trace(user_id = "u")]
fn left_out() -> NoSuchType {}

/// An unsafe function with a foreign ABI.
///
/// # Safety
/// `at` must be valid.
#[with_user(user_id = "u")]
pub unsafe extern "C" fn foreign(at: *const u8) -> u8 {
    unsafe { *at }
}

#[tokio::main(flavor = "current_thread")]
#[whose::trace(user_id = "main")]
async fn main() {
    assert_eq!(whose::current().user_id(), Some("main"));
    assert_eq!(documented(), 2);
    assert_eq!(below("u").await.as_deref(), Some("u"));
    assert_eq!(above("7").await, Ok(7));
    #[allow(deprecated)]
    let (user, session) = two();
    assert_eq!((user.as_deref(), session.as_deref()), (Some("inner"), Some("s-1")));
    assert_eq!(unsafe { foreign(&3) }, 3);
}
