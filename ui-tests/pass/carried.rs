//! `carried` states that the body carries the scope into a stream that the attribute cannot cover.
use std::marker::PhantomData;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};
use std::thread;

use async_trait::async_trait;
use futures_core::future::BoxFuture;
use futures_core::stream::{BoxStream, Stream};
use whose::{with_session, with_user, ScopeExt, Scoped};

/// Stands for the type of `axum`.
struct Sse<S>(S);

/// A stream that yields the current user once.
struct Current(bool);

impl Stream for Current {
    type Item = String;

    fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<String>> {
        let at = whose::current();
        let seen = format!("{:?} {:?}", at.user_id(), at.session_id());
        Poll::Ready(std::mem::take(&mut self.0).then_some(seen))
    }
}

fn users() -> Current {
    Current(true)
}

/// The first item of the stream, polled on another thread in the scope of another user.
fn polled<S: Stream<Item = String> + Send + 'static>(stream: S) -> String {
    let polled = thread::spawn(move || {
        whose::guard!(user = "somebody else");
        let mut stream = Box::pin(stream);
        match stream.as_mut().poll_next(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(Some(seen)) => seen,
            _ => panic!("the stream gives nothing"),
        }
    });
    polled.join().unwrap()
}

fn of(user: &str) -> String {
    format!("Some({user:?}) None")
}

#[with_user(carried)]
async fn handler(user: &str) -> Sse<impl Stream<Item = String> + use<>> {
    tokio::task::yield_now().await;
    let _ = user;
    Sse(users().with_current_scope())
}

#[whose::trace(user_id, kind = llm, err, carried)]
async fn fallible(user_id: &str, fails: bool) -> Result<Sse<BoxStream<'static, String>>, String> {
    if fails {
        return Err(format!("no stream for {user_id}"));
    }
    Ok(Sse(Box::pin(users().with_current_scope())))
}

#[with_session(session = id, user = "bob", carried)]
fn pair(id: u8) -> (impl Stream<Item = String>, u8) {
    (users().with_current_scope(), id)
}

#[with_user(carried)]
fn several(user: &str) -> Vec<BoxFuture<'static, Option<String>>> {
    let _ = user;
    let work = async { whose::current().user_id().map(String::from) };
    vec![Box::pin(work.with_current_scope())]
}

// A return type with `Scoped` needs no `carried`.
#[with_user]
fn shown(user: &str) -> Sse<Scoped<impl Stream<Item = String> + use<>>> {
    let _ = user;
    Sse(users().with_current_scope())
}

struct Agent(&'static str);

#[whose::trace(user = self.0, kind = agent, carried)]
impl Agent {
    fn name(&self) -> &'static str {
        assert_eq!(whose::current().user_id(), Some(self.0));
        self.0
    }

    fn wrapped(&self) -> BoxStream<'static, String> {
        Box::pin(users())
    }

    fn tokens(&self) -> Sse<impl Stream<Item = String> + use<>> {
        Sse(users().with_current_scope())
    }

    async fn later(&self) -> Option<Sse<impl Stream<Item = String> + use<>>> {
        Some(Sse(users().with_current_scope()))
    }
}

#[async_trait]
trait Chat {
    async fn wrapped(&self) -> Result<BoxStream<'static, String>, String>;
    async fn carried(&self) -> Sse<BoxStream<'static, String>>;
}

struct Above(&'static str);
struct Below(&'static str);

#[with_user(self.0, carried)]
#[async_trait]
impl Chat for Above {
    async fn wrapped(&self) -> Result<BoxStream<'static, String>, String> {
        if self.0.is_empty() {
            Err("nobody")?;
        }
        Ok(Box::pin(users()))
    }

    async fn carried(&self) -> Sse<BoxStream<'static, String>> {
        Sse(Box::pin(users().with_current_scope()))
    }
}

#[async_trait]
#[whose::trace(user = self.0, carried)]
impl Chat for Below {
    async fn wrapped(&self) -> Result<BoxStream<'static, String>, String> {
        Ok(Box::pin(users()))
    }

    async fn carried(&self) -> Sse<BoxStream<'static, String>> {
        Sse(Box::pin(users().with_current_scope()))
    }
}

// A span without a user needs no `carried`, because the span ends at the return.
#[whose::trace(kind = llm, name = "tokens")]
fn span_alone() -> Sse<impl Stream<Item = String>> {
    Sse(users())
}

// Types that contain a future or a stream only in a signature.
#[with_user("alice")]
fn closure() -> impl Fn() -> BoxFuture<'static, u8> {
    || -> BoxFuture<'static, u8> { Box::pin(async { 1 }) }
}

#[with_user("alice")]
fn boxed_closure() -> Option<Box<dyn Fn(u8) -> BoxFuture<'static, u8> + Send>> {
    Some(Box::new(|n| Box::pin(async move { n })))
}

#[with_user("alice")]
fn pointer() -> (fn() -> BoxFuture<'static, u8>, PhantomData<BoxStream<'static, u8>>) {
    (|| Box::pin(async { 1 }), PhantomData)
}

struct Borrowed(BoxFuture<'static, u8>);

#[with_user("alice")]
impl Borrowed {
    fn pinned(&mut self) -> Pin<&mut (dyn Future<Output = u8> + Send)> {
        self.0.as_mut()
    }

    fn reference(&self) -> Option<&BoxFuture<'static, u8>> {
        Some(&self.0)
    }
}

mod own {
    pub struct Stream;

    #[whose::with_user("alice")]
    pub fn connect() -> Result<Stream, String> {
        Ok(Stream)
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    assert_eq!(polled(handler("alice").await.0), of("alice"));
    assert_eq!(polled(fallible("alice", false).await.unwrap().0), of("alice"));
    assert_eq!(fallible("alice", true).await.err().unwrap(), "no stream for alice");
    assert_eq!(polled(pair(7).0), r#"Some("bob") Some("7")"#);
    let work = several("alice").pop().unwrap();
    assert_eq!(tokio::spawn(work).await.unwrap().as_deref(), Some("alice"));
    assert_eq!(polled(shown("alice").0), of("alice"));

    let agent = Agent("carol");
    assert_eq!(agent.name(), "carol");
    assert_eq!(polled(agent.wrapped()), of("carol"));
    assert_eq!(polled(agent.tokens().0), of("carol"));
    assert_eq!(polled(agent.later().await.unwrap().0), of("carol"));

    for chat in [&Above("dave") as &(dyn Chat + Sync), &Below("dave")] {
        assert_eq!(polled(chat.wrapped().await.unwrap()), of("dave"));
        assert_eq!(polled(chat.carried().await.0), of("dave"));
    }
    assert_eq!(Above("").wrapped().await.err().unwrap(), "nobody");

    assert_eq!(polled(span_alone().0), of("somebody else"));
    let (pointer, _) = pointer();
    let boxed = boxed_closure().unwrap();
    assert_eq!(closure()().await + boxed(2).await + pointer().await, 4);
    let mut borrowed = Borrowed(Box::pin(async { 1 }));
    assert!(borrowed.reference().is_some());
    assert_eq!(borrowed.pinned().await, 1);
    let own::Stream = own::connect().unwrap();
    assert_eq!(whose::current().user_id(), None);
}
