//! `impl Trait` in argument and return position, nested, and with a `use<..>` bound.
use std::fmt::{Debug, Display};
use std::iter::once;
use whose::{AsId, AsUser, with_session, with_user};

fn user() -> Option<String> {
    whose::current().user_id().map(String::from)
}

#[with_user(from = who)]
fn arguments(who: &(impl AsUser + ?Sized), each: impl IntoIterator<Item = impl Display>) -> String {
    let each: String = each.into_iter().map(|item| item.to_string()).collect();
    format!("{each} {:?}", user())
}

#[whose::trace(user_id, input, output)]
async fn arguments_later(
    user_id: impl AsId + Debug,
    f: impl Fn(u8) -> u8 + Debug2,
) -> (u8, Option<String>) {
    tokio::task::yield_now().await;
    drop(user_id);
    (f(1), user())
}

// `input` requires `Debug` for every argument.
trait Debug2: Debug {}
impl Debug2 for fn(u8) -> u8 {}

#[with_session(session_id)]
fn iterator<'a>(
    session_id: &str,
    of: &'a [u8],
) -> impl DoubleEndedIterator<Item = &'a u8> + Clone + use<'a> {
    assert_eq!(whose::current().session_id(), Some(session_id));
    let size = whose::current().session_id().map_or(0, str::len);
    of.iter().take(size)
}

#[whose::trace(user_id = "alice", output)]
fn recorded<T: Debug>(value: T, twice: bool) -> impl Debug + use<T> {
    assert_eq!(user().as_deref(), Some("alice"));
    if twice {
        return (Some(value), user());
    }
    (None, user())
}

#[whose::trace(user_id = "alice", output, err)]
fn inside(fail: bool) -> Result<impl Iterator<Item = u8> + Debug, impl Display + Debug> {
    if fail {
        return Err("failed");
    }
    Ok(once(1).chain(once(2)))
}

#[whose::trace(user_id = "alice", err(Debug))]
async fn inside_later(text: &str) -> Result<(impl Fn(u8) -> u8, Option<impl Display>), impl Debug> {
    tokio::task::yield_now().await;
    let n: u8 = text.parse()?;
    if n == 0 {
        return Err(Failed(user()));
    }
    let add = move |m| n + m;
    Ok((add, user()))
}

#[derive(Debug, PartialEq)]
struct Failed(Option<String>);

impl From<std::num::ParseIntError> for Failed {
    fn from(_: std::num::ParseIntError) -> Self {
        Self(user())
    }
}

#[with_user("alice")]
fn boxed(n: u8) -> Box<impl Display + ?Sized> {
    assert_eq!(user().as_deref(), Some("alice"));
    Box::new(n)
}

// Auto traits of the hidden type leak, as from a plain function.
fn is_send<T: Send>(value: T) -> T {
    value
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    assert_eq!(arguments("alice", [1, 2]), r#"12 Some("alice")"#);
    let next: fn(u8) -> u8 = |n| n + 1;
    assert_eq!(arguments_later(7_u64, next).await, (2, Some("7".into())));
    let list = vec![1, 2, 3];
    let taken = iterator(&String::from("ab"), &list);
    assert!(taken.rev().eq(&[2, 1]));
    assert_eq!(format!("{:?}", is_send(recorded(1, true))), r#"(Some(1), Some("alice"))"#);
    assert_eq!(format!("{:?}", recorded(1, false)), r#"(None, Some("alice"))"#);
    assert!(inside(false).is_ok_and(|each| each.eq([1, 2])));
    assert_eq!(inside(true).err().unwrap().to_string(), "failed");
    let (add, name) = inside_later("3").await.ok().unwrap();
    assert_eq!((add(1), name.unwrap().to_string()), (4, "alice".into()));
    for fails in ["0", "x"] {
        let error = inside_later(fails).await.err().unwrap();
        assert_eq!(format!("{error:?}"), r#"Failed(Some("alice"))"#);
    }
    assert_eq!(is_send(boxed(3)).to_string(), "3");
    assert_eq!(user(), None);
}
