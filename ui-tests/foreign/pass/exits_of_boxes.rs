//! A body with several exits returns a boxed future with the scope on each of them.
use std::error::Error;
use std::fmt;
use std::future::{Future, ready};
use std::pin::Pin;

fn user() -> Option<String> {
    whose::current().user_id().map(String::from)
}

#[derive(Debug, PartialEq)]
struct Refused;

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("refused")
    }
}

impl Error for Refused {}

/// An alias whose only type argument is not the output of the future.
type Answer<'a, T> = Pin<Box<dyn Future<Output = Result<T, Refused>> + Send + 'a>>;
type Anything = Pin<Box<dyn Future<Output = Result<Option<String>, Box<dyn Error + Send + Sync>>> + Send>>;

mod futures {
    pub type BoxFuture<'a, T> = super::Answer<'a, T>;
}

use futures::BoxFuture;

#[whose::with_user("alice")]
fn alias_of_one() -> BoxFuture<'static, Option<String>> {
    Box::pin(async move { Ok(user()) })
}

/// The error of the first `return` is coerced to the declared type.
#[whose::with_user("alice")]
fn coerced(is_refused: bool) -> Anything {
    Box::pin(async move {
        if is_refused {
            return Err(Box::new(Refused));
        }
        Ok(user())
    })
}

macro_rules! check {
    ($e:expr) => {
        match $e {
            Ok(value) => value,
            Err(_) => return Box::pin(async { Ok(user()) }),
        }
    };
}

#[whose::with_user("alice")]
fn by_a_macro(text: &str, is_early: bool) -> Answer<'static, Option<String>> {
    if is_early {
        return Box::pin(async { Ok(user()) });
    }
    let _: u8 = check!(text.parse());
    Box::pin(async { Ok(user()) })
}

#[whose::with_user("alice")]
fn in_the_argument(text: &str) -> BoxFuture<'static, Option<String>> {
    Box::pin(checked(match text.parse::<u8>() {
        Ok(n) => n,
        Err(_) => return Box::pin(async { Ok(user()) }),
    }))
}

async fn checked(_: u8) -> Result<Option<String>, Refused> {
    Ok(user())
}

#[whose::with_user("alice")]
fn in_a_closure(n: u8) -> Answer<'static, Option<String>> {
    let make = |m: u8| -> Answer<'static, Option<String>> {
        if m == 0 {
            return Box::pin(async { Ok(user()) });
        }
        Box::pin(async { Ok(user()) })
    };
    let (first, inner) = (make(0), make(n));
    Box::pin(async move {
        first.await?;
        inner.await
    })
}

#[whose::with_user("alice")]
fn in_a_function(n: u8) -> BoxFuture<'static, Option<String>> {
    fn make(m: u8) -> Answer<'static, Option<String>> {
        if m == 0 {
            return Box::pin(async { Ok(user()) });
        }
        Box::pin(async { Ok(user()) })
    }
    if n == 0 {
        return Box::pin(make(0));
    }
    Box::pin(make(n))
}

#[whose::with_user("alice")]
fn in_a_loop(n: u8) -> Answer<'static, Option<String>> {
    for m in 0..n {
        if m == 3 {
            return Box::pin(async { Ok(user()) });
        }
    }
    Box::pin(async { Ok(user()) })
}

#[whose::with_user("alice")]
fn of_an_impl_trait(is_early: bool) -> Pin<Box<impl Future<Output = Option<String>>>> {
    if is_early {
        return Box::pin(ready_later());
    }
    Box::pin(ready_later())
}

async fn ready_later() -> Option<String> {
    ready(()).await;
    user()
}

macro_rules! ensure {
    ($holds:expr) => {
        if !$holds {
            return Err(Refused);
        }
    };
}

#[whose::trace(user_id = "alice", err)]
#[track_caller]
fn told(n: u8) -> Result<u8, Refused> {
    ensure!(n > 0);
    Ok(n)
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let recorder = whose::testing::Recorder::start();
    let alice = Some("alice".to_owned());
    assert_eq!(alias_of_one().await, Ok(alice.clone()));
    assert_eq!(coerced(false).await.unwrap(), alice);
    assert!(coerced(true).await.unwrap_err().is::<Refused>());
    for (text, is_early) in [("1", false), ("x", false), ("1", true)] {
        assert_eq!(by_a_macro(text, is_early).await, Ok(alice.clone()));
    }
    for n in ["1", "x"] {
        assert_eq!(in_the_argument(n).await, Ok(alice.clone()));
    }
    for n in [0, 1, 9] {
        assert_eq!(in_a_closure(n).await, Ok(alice.clone()));
        assert_eq!(in_a_function(n).await, Ok(alice.clone()));
        assert_eq!(in_a_loop(n).await, Ok(alice.clone()));
        assert_eq!(of_an_impl_trait(n == 0).await, alice);
    }
    assert_eq!(told(0), Err(Refused));
    assert_eq!(recorder.errors().len(), 1);
    assert_eq!(told(1), Ok(1));
}
