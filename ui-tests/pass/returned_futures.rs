//! A returned future or stream is created, polled and dropped in the scope.
use std::cell::RefCell;
use std::future::{poll_fn, ready, Future, IntoFuture};
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_core::future::{BoxFuture, LocalBoxFuture};
use futures_core::stream::{BoxStream, LocalBoxStream, Stream};
use whose::with_user;

fn user() -> Option<String> {
    whose::current().user_id().map(String::from)
}

thread_local! {
    static SEEN: RefCell<Vec<(&'static str, Option<String>)>> = const { RefCell::new(Vec::new()) };
}

fn note(what: &'static str) {
    SEEN.with_borrow_mut(|seen| seen.push((what, user())));
}

fn noted() -> Vec<(&'static str, Option<String>)> {
    SEEN.take()
}

/// Notes the current user at its drop.
struct Noted;

impl Drop for Noted {
    fn drop(&mut self) {
        note("dropped");
    }
}

/// A stream that yields and notes the current user, `left` times.
struct Users {
    left: u8,
    _noted: Noted,
}

impl Stream for Users {
    type Item = Option<String>;

    fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        note("polled");
        if self.left == 0 {
            return Poll::Ready(None);
        }
        self.left -= 1;
        Poll::Ready(Some(user()))
    }
}

fn users(left: u8) -> Users {
    note("made");
    Users { left, _noted: Noted }
}

#[with_user]
fn stream(user: &str) -> impl Stream<Item = Option<String>> + Send + use<> {
    let _ = user;
    users(2)
}

#[whose::trace(user_id, fields(left))]
fn traced_stream(user_id: &str, left: u8) -> BoxStream<'static, Option<String>> {
    if left == 0 {
        return Box::pin(users(1));
    }
    let _ = user_id;
    Box::pin(users(left))
}

#[with_user]
fn pinned_stream<'a>(user: &'a str) -> Pin<Box<dyn Stream<Item = Option<String>> + Send + 'a>> {
    let _ = user;
    Box::pin(users(1))
}

#[with_user]
fn local_stream(user: &str) -> LocalBoxStream<'_, Option<String>> {
    let _ = user;
    Box::pin(users(1))
}

#[with_user]
async fn awaited_stream(user: &str) -> impl Stream<Item = Option<String>> + use<> {
    tokio::task::yield_now().await;
    let _ = user;
    users(1)
}

#[whose::trace(user_id, err)]
async fn fallible_stream(user_id: &str, fails: bool) -> Result<BoxStream<'static, Option<String>>, String> {
    tokio::task::yield_now().await;
    if fails {
        Err(format!("no stream for {user_id}"))?;
    }
    Ok(Box::pin(users(1)))
}

#[with_user]
fn perhaps(user: &str, is_there: bool) -> Option<impl Future<Output = Option<String>> + use<>> {
    let _ = user;
    is_there.then(|| async { self::user() })
}

#[with_user]
fn future(user: String) -> impl Future<Output = (String, Option<String>)> {
    note("made");
    async move { (user, self::user()) }
}

#[with_user]
fn other_future(user: &str) -> impl Future<Output = Option<String>> + '_ {
    let later = async move { Some(format!("{user}{:?}", self::user())) };
    later
}

#[whose::trace(user_id, output, err)]
fn boxed(user_id: &str, n: u8) -> Pin<Box<dyn Future<Output = Result<Option<String>, String>> + Send + '_>> {
    if n == 0 {
        return Box::pin(async move { Err(format!("nothing for {user_id}")) });
    }
    let until = n;
    Box::pin(async move {
        for _ in 0..until {
            tokio::task::yield_now().await;
        }
        Ok(user())
    })
}

#[with_user]
fn box_future(user: &str) -> BoxFuture<'_, Option<String>> {
    Box::pin(other_user(user))
}

async fn other_user(_: &str) -> Option<String> {
    user()
}

#[with_user]
fn local(user: &str) -> LocalBoxFuture<'_, Option<String>> {
    Box::pin(other_user(user))
}

#[with_user]
fn unpin(user: &str) -> Box<dyn Future<Output = Option<String>> + Unpin + '_> {
    let _ = user;
    Box::new(poll_fn(|_| Poll::Ready(self::user())))
}

#[with_user]
fn into(user: &str) -> impl IntoFuture<Output = Option<String>> + use<> {
    let _ = user;
    ready(self::user())
}

type Hidden<'a> = Pin<Box<dyn Future<Output = Option<String>> + Send + 'a>>;

#[with_user]
fn hidden(user: &str) -> Hidden<'_> {
    note("made");
    Box::pin(async move {
        let _ = user;
        self::user()
    })
}

struct Service(&'static str);

impl Service {
    #[with_user(self.0)]
    fn call(&self) -> impl Future<Output = Option<String>> + Send + '_ {
        async move { assert_eq!(user().as_deref(), Some(self.0)); user() }
    }
}

/// Collects a stream outside every scope.
async fn all<S: Stream<Item = Option<String>>>(stream: S) -> Vec<Option<String>> {
    let mut stream = Box::pin(stream);
    let mut all = Vec::new();
    while let Some(item) = poll_fn(|cx| stream.as_mut().poll_next(cx)).await {
        all.push(item);
    }
    all
}

fn sees(what: &'static str, user: &str) -> (&'static str, Option<String>) {
    (what, Some(user.into()))
}

fn of(user: &str) -> Option<String> {
    Some(user.into())
}

fn is_send<T: Send>(value: T) -> T {
    value
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    assert_eq!(all(stream("a")).await, [of("a"), of("a")]);
    let polled = sees("polled", "a");
    let seen = [sees("made", "a"), polled.clone(), polled.clone(), polled, sees("dropped", "a")];
    assert_eq!(noted(), seen);

    assert_eq!(all(is_send(traced_stream("b", 0))).await, [of("b")]);
    assert_eq!(all(traced_stream("b", 1)).await, [of("b")]);
    assert!(noted().iter().all(|(_, user)| user.as_deref() == Some("b")));
    assert_eq!(all(is_send(pinned_stream("c"))).await, [of("c")]);
    assert_eq!(all(local_stream("d")).await, [of("d")]);
    assert_eq!(all(awaited_stream("e").await).await, [of("e")]);
    noted();
    assert_eq!(all(fallible_stream("f", false).await.unwrap()).await, [of("f")]);
    assert_eq!(noted(), [sees("made", "f"), sees("polled", "f"), sees("polled", "f"), sees("dropped", "f")]);
    assert_eq!(fallible_stream("f", true).await.err().as_deref(), Some("no stream for f"));

    assert_eq!(perhaps("g", true).unwrap().await, of("g"));
    assert!(perhaps("g", false).is_none());
    let made = future("h".into());
    assert_eq!(user(), None);
    assert_eq!(noted(), [sees("made", "h")]);
    assert_eq!(made.await, ("h".into(), of("h")));
    assert_eq!(other_future("i").await, of("iSome(\"i\")"));
    assert_eq!(is_send(boxed("j", 3)).await, Ok(of("j")));
    assert_eq!(boxed("j", 0).await, Err("nothing for j".into()));
    assert_eq!(box_future("k").await, of("k"));
    assert_eq!(local("l").await, of("l"));
    assert_eq!(unpin("m").await, of("m"));
    assert_eq!(into("n").await, of("n"));
    assert_eq!(hidden("o").await, of("o"));
    assert_eq!(noted(), [sees("made", "o")]);
    assert_eq!(Service("p").call().await, of("p"));
    assert_eq!(user(), None);
}
