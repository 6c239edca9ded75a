//! Annotated functions as pointers, as handlers behind a trait, in tables and in iterators.
use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use whose::{with_session, with_user};

type Seen = (Option<String>, u8);

fn user() -> Option<String> {
    whose::current().user_id().map(String::from)
}

#[with_user(from = who)]
fn double(who: &str, n: u8) -> Seen {
    let _ = who;
    (user(), n * 2)
}

#[whose::trace(user_id = who, output)]
fn triple(who: &str, n: u8) -> Seen {
    let _ = who;
    (user(), n * 3)
}

#[whose::trace(user_id = n)]
async fn later(n: u8) -> Seen {
    tokio::task::yield_now().await;
    (user(), n)
}

#[with_session(session_id)]
async fn no_user(session_id: u8) -> Seen {
    tokio::task::yield_now().await;
    (whose::current().session_id().map(String::from), session_id)
}

// Frameworks take handlers by trait and boxed.
trait Handler<A> {
    fn handle(&self, argument: A) -> Pin<Box<dyn Future<Output = Seen> + Send>>;
}

impl<F, A, Fut> Handler<A> for F
where
    F: Fn(A) -> Fut + Clone + Send + Sync + 'static,
    Fut: Future<Output = Seen> + Send + 'static,
{
    fn handle(&self, argument: A) -> Pin<Box<dyn Future<Output = Seen> + Send>> {
        Box::pin(self(argument))
    }
}

async fn lends<F>(f: F) -> Seen
where
    F: AsyncFn(&mut u8) -> Seen,
{
    let mut n = 1;
    let (user, seen) = f(&mut n).await;
    (user, seen + n)
}

#[with_user(*n)]
async fn grows(n: &mut u8) -> Seen {
    *n += 1;
    tokio::task::yield_now().await;
    (user(), *n)
}

#[with_user(a)]
fn compare(a: &u8, b: &u8) -> std::cmp::Ordering {
    assert_eq!(user(), Some(a.to_string()));
    b.cmp(a)
}

#[derive(Clone, Copy, PartialEq, Debug)]
struct Meters(u8);

impl std::ops::Add for Meters {
    type Output = Self;

    #[with_user(self.0, session = other.0)]
    fn add(self, other: Self) -> Self {
        assert_eq!(user(), Some(self.0.to_string()));
        Self(self.0 + other.0)
    }
}

impl std::str::FromStr for Meters {
    type Err = std::num::ParseIntError;

    #[whose::trace(user_id = text, err)]
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        assert_eq!(user().as_deref(), Some(text));
        text.parse().map(Self)
    }
}

impl Iterator for Meters {
    type Item = String;

    #[with_user(self.0)]
    fn next(&mut self) -> Option<String> {
        self.0 = self.0.checked_sub(1)?;
        user()
    }
}

impl Drop for Guarded<'_> {
    #[with_user("dropped")]
    fn drop(&mut self) {
        *self.0 = user();
    }
}

struct Guarded<'a>(&'a mut Option<String>);

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let of = |user: &str, n: u8| (Some(user.to_owned()), n);
    let table: BTreeMap<&str, fn(&str, u8) -> Seen> =
        BTreeMap::from([("double", double as _), ("triple", triple as _)]);
    let seen: Vec<_> = table.values().map(|run| run("alice", 2)).collect();
    assert_eq!(seen, [of("alice", 4), of("alice", 6)]);

    let handlers: [&dyn Handler<u8>; 2] = [&later, &no_user];
    for handler in handlers {
        assert_eq!(handler.handle(7).await, of("7", 7));
    }
    assert_eq!(lends(grows).await, of("1", 4));
    let mut list = [1, 3, 2];
    list.sort_by(compare);
    assert_eq!(list, [3, 2, 1]);
    assert_eq!(Meters(1) + Meters(2), Meters(3));
    assert_eq!("3".parse(), Ok(Meters(3)));
    assert!("x".parse::<Meters>().is_err());
    assert_eq!(Meters(2).collect::<Vec<_>>(), ["2", "1"]);
    let mut seen = None;
    drop(Guarded(&mut seen));
    assert_eq!((seen.as_deref(), user()), (Some("dropped"), None));
}
