//! Functions with every key, sync and async.

use core::fmt::{Debug, Display};
use core::future::{Future, Ready, pending, ready};
use core::num::ParseIntError;
use core::pin::Pin;

use whose::{guard, with_session, with_user};

use crate::users::{Account, AccountId, Current};

/// The current user.
#[must_use]
pub fn user() -> Option<String> {
    whose::current().user_id().map(Into::into)
}

/// A traced function with every key.
///
/// # Errors
/// If the text is no number.
#[whose::trace(
    user = account, session_id = "s-1", kind = tool, name = "parsing", level = "debug",
    tags(plan = account.plan, "seats" = account.seats), fields(%account.plan, size = text.len()),
    input(text, ?account.mail), output, err,
)]
pub fn traced(account: &Account, text: &str) -> Result<u8, ParseIntError> {
    text.parse()
}

/// A traced async function with every key.
///
/// # Errors
/// If the text is no number.
#[whose::trace(
    user = account, email = "a@example.com", session = text, target = "strict::later",
    attrs(seats = account.seats), input, skip(account), output, err(Debug), identify, isolated,
)]
pub async fn traced_later(account: Account, text: &str) -> Result<u8, ParseIntError> {
    ready(()).await;
    if text.is_empty() {
        return Ok(0);
    }
    text.parse::<u8>()
}

/// A function that reports its error.
///
/// # Errors
/// If the list is empty.
#[whose::trace(user_id, err(Display))]
pub async fn first_of(user_id: u64, list: &[u8]) -> Result<&u8, String> {
    let Some(first) = list.first() else {
        return Err(format!("nothing for {user_id}"));
    };
    ready(()).await;
    Ok(first)
}

/// A traced function without keys.
#[whose::trace]
pub fn only_a_span() {}

/// A traced async function without keys.
#[whose::trace]
pub async fn only_a_span_later() {
    ready(()).await;
}

/// A body of one expression.
#[must_use]
#[with_user(from = account)]
pub fn one_expression(account: &Account) -> Option<String> {
    let _: &Account = account;
    user()
}

/// A user field from a conditional expression.
#[with_user(id = id, email = (if id.0 == 0 { None } else { Some("a@example.com") }), supplement)]
pub async fn with_fields(id: AccountId) -> Option<String> {
    ready(()).await;
    let at = whose::current();
    at.user().and_then(whose::User::email).map(Into::into)
}

/// A generic function with a session that returns `impl Trait`.
#[with_session(%session, anonymous, tags(size = SIZE))]
pub fn session<Id, const SIZE: usize>(session: Id) -> impl Debug + use<Id, SIZE>
where
    Id: Display + Debug,
{
    (
        session,
        whose::current().session_id().map(String::from),
        SIZE,
    )
}

/// A function that records an `impl Trait` output.
#[whose::trace(user_id = "alice", output)]
pub async fn hidden(list: Vec<u8>) -> Option<impl Iterator<Item = u8> + Debug> {
    if list.is_empty() {
        return None;
    }
    ready(()).await;
    Some(list.into_iter())
}

/// A function that returns a boxed async block.
#[must_use]
#[whose::trace(user_id = name, input, output)]
pub fn boxed<'a>(name: &'a str) -> Pin<Box<dyn Future<Output = Option<String>> + Send + 'a>> {
    Box::pin(async move {
        ready(()).await;
        user().filter(|user| user == name)
    })
}

/// A function that returns a closure early.
#[whose::trace(user_id = "alice")]
pub async fn closure(early: bool) -> Box<dyn Fn() -> u8 + Send> {
    if early {
        return Box::new(|| 1);
    }
    ready(()).await;
    Box::new(|| 2)
}

/// A function that changes its arguments.
#[whose::trace(user_id = list.len(), output)]
pub fn mutable(list: &mut Vec<u8>, mut next: u8) -> &mut u8 {
    next = next.saturating_add(1);
    list.push(next);
    list.insert(0, next);
    list.iter_mut()
        .next_back()
        .unwrap_or_else(|| unreachable!())
}

/// A function that destructures its arguments.
#[with_user(from = account, session = first)]
pub async fn patterns(
    Current(account): Current<'_, Account>,
    (first, [_, last]): (u8, [u8; 2]),
) -> u8 {
    ready(()).await;
    let seats = u8::try_from(account.seats).unwrap_or_default();
    first.saturating_add(last).saturating_add(seats)
}

/// A function that returns from a loop.
#[must_use]
#[whose::trace(user_id = "alice", output)]
pub fn leaves(list: &[u8]) -> Option<u8> {
    'rows: for item in list {
        let mut left = *item;
        while left > 0 {
            if left == 7 {
                return Some(*item);
            }
            if left > 100 {
                break 'rows;
            }
            left = left.saturating_sub(1);
        }
    }
    None
}

/// A function that never returns.
#[with_user("alice")]
pub async fn never(list: &[u8]) -> ! {
    loop {
        ready(()).await;
        if !list.is_empty() {
            pending::<()>().await;
        }
    }
}

/// A function that drops the future of [`never()`].
pub async fn not_for_ever(list: &[u8]) -> bool {
    let future = never(list);
    drop(future);
    ready(true).await
}

/// A function with nested guards.
#[must_use]
pub fn guarded(account: &Account, tag: &str) -> Option<String> {
    guard!(user = account, session = account.number, tags(tag));
    {
        guard!(anonymous, isolated);
        only_a_span();
    }
    user()
}

/// A function with a guard that identifies the request.
#[must_use]
pub fn identified(account: &Account) -> Option<String> {
    guard!(user = account, email = "a@example.com", identify);
    user()
}

/// An async function whose output is a future.
#[with_user("alice")]
pub async fn awaitable_twice() -> Pin<Box<dyn Future<Output = u8> + Send>> {
    ready(()).await;
    Box::pin(ready(1))
}

/// Like [`awaitable_twice`], with a named future type.
#[whose::trace]
pub async fn ready_later() -> Ready<u8> {
    ready(()).await;
    ready(2)
}
