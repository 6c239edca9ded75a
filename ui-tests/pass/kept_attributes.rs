//! Other attributes of a function keep their effect above and below those of `whose`.
#![deny(missing_docs, unused, deprecated)]
use whose::{with_session, with_user};

fn user() -> Option<String> {
    whose::current().user_id().map(String::from)
}

/// Removed by `#[cfg]`, with types that do not exist.
#[cfg(any())]
#[whose::trace(user_id = missing)]
pub fn left_out(_: Missing) -> Missing {}

/// Removed by a `#[cfg]` below the attribute.
#[with_user("alice")]
#[cfg(any())]
pub async fn left_out_below() -> Missing {}

/// One of two.
#[whose::trace(user_id = "alice")]
#[cfg(not(all()))]
pub fn one_of_two() -> u8 {
    1
}

/// One of two.
#[with_user("bob")]
#[cfg(all())]
pub fn one_of_two() -> Option<String> {
    user()
}

/// Attributes under a true condition.
#[cfg_attr(all(), whose::trace(user_id = id, output), must_use)]
pub fn conditional(id: &str) -> Option<String> {
    let _ = id;
    user()
}

/// An attribute under a false condition.
#[cfg_attr(any(), with_user("bob"))]
pub async fn not_attributed() -> Option<String> {
    user()
}

/// An agent with conditional attributes on its methods.
#[derive(Default)]
pub struct Agent {
    /// The number of calls.
    pub calls: u8,
}

impl Agent {
    /// A method with many attributes.
    #[must_use = "it is counted"]
    #[inline(always)]
    #[cfg_attr(all(), with_user("alice"), with_session(self.calls))]
    #[doc(hidden)]
    #[allow(clippy::missing_const_for_fn)]
    pub fn counted(&mut self) -> (Option<String>, Option<String>) {
        self.calls += 1;
        (user(), whose::current().session_id().map(String::from))
    }

    /// A deprecated, cold method that is never inlined.
    #[whose::trace(user_id = "alice")]
    #[deprecated(since = "1.0.0", note = "call `counted`")]
    #[cold]
    #[inline(never)]
    pub async fn old(&self) -> Option<String> {
        tokio::task::yield_now().await;
        user()
    }
}

#[rustfmt::skip]
#[allow(non_snake_case, unused_variables)]
#[whose::trace(user_id = Name)]
fn Oddly_Named(Name: &str, unused: u8) -> Option<String> {
    let alsoUnused = 1;
    user()
}

#[with_user("alice")]
#[expect(unused_variables, reason = "it is expected, and there")]
fn expected() -> Option<String> {
    let unused = 1;
    user()
}

#[expect(unused_mut)]
#[whose::trace(user_id = "alice")]
async fn expected_later() -> Option<String> {
    let mut unchanged = user();
    unchanged
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    assert_eq!(one_of_two().as_deref(), Some("bob"));
    assert_eq!(conditional("carol").as_deref(), Some("carol"));
    assert_eq!(not_attributed().await, None);
    let mut agent = Agent::default();
    assert_eq!(agent.counted(), (Some("alice".into()), Some("0".into())));
    #[expect(deprecated)]
    let old = agent.old().await;
    assert_eq!(old.as_deref(), Some("alice"));
    assert_eq!(Oddly_Named("dave", 1).as_deref(), Some("dave"));
    assert_eq!((expected(), expected_later().await), (Some("alice".into()), Some("alice".into())));
    assert_eq!(user(), None);
}
