//! Arguments with every pattern: `mut`, `_`, `ref`, nested, renamed, and with attributes.
#![deny(unused_mut, unused_variables)]
use std::cell::Cell;
use whose::{with_session, with_user};

fn user() -> Option<String> {
    whose::current().user_id().map(String::from)
}

struct Point {
    x: u8,
    y: Option<u8>,
}

struct Request {
    user: Account,
    tags: (u8, [&'static str; 3]),
}

struct Account {
    name: String,
}

#[with_user(from = name)]
fn mutable(
    mut name: String,
    (mut a, ref b): (u8, String),
    [first, .., mut last]: [u8; 4],
) -> (String, u8) {
    name.push_str(b);
    a += first;
    last += a;
    (name, last)
}

#[whose::trace(user = name, session = mid, input(a, mid), output)]
async fn mutable_later(
    mut name: String,
    mut a: u8,
    (_, mut mid, ..): (u8, u8, u8, u8),
) -> (String, u8) {
    tokio::task::yield_now().await;
    assert_eq!(whose::current().session_id(), Some("2"));
    assert_eq!(user().as_ref(), Some(&name));
    name.clear();
    a += mid;
    mid = a;
    (name, mid)
}

#[with_user(from = name)]
fn deep(
    Request { user: Account { ref name }, tags: (_, [_, plan @ .., _]) }: Request,
    &Point { x, y: ref y @ (None | Some(_)) }: &Point,
    _: Cell<u8>,
    _unused: &str,
    &mut ref mut out: &mut Vec<u8>,
) -> usize {
    assert_eq!(user().as_ref(), Some(name));
    out.push(x + y.unwrap_or_default());
    plan.len() + out.len()
}

#[whose::trace(user = name, input(plan, x), tags(plan = plan[0]))]
async fn deep_later(
    Request { user: Account { name }, tags: (_, [_, plan @ .., _]) }: Request,
    &Point { x, ref y }: &Point,
    _: Cell<u8>,
    _unused: &str,
) -> (String, u8) {
    tokio::task::yield_now().await;
    assert_eq!(whose::current().tag("plan"), Some("pro"));
    assert_eq!(user().as_ref(), Some(&name));
    (name, x + y.unwrap_or_default())
}

// A pattern that binds the whole value and its parts.
#[with_session(whole.0)]
fn whole_and_parts(whole @ (a, Point { x, .. }): &(u8, Point)) -> (Option<String>, u8) {
    (whose::current().session_id().map(String::from), whole.0 + a + x)
}

#[with_user(a)]
fn either((Ok(a) | Err(a)): Result<u8, u8>) -> (Option<String>, u8) {
    (user(), a)
}

#[whose::trace(user_id, input)]
fn with_attributes(
    #[allow(unused_variables)] user_id: u8,
    #[cfg(all())] kept: u8,
    #[allow(unused_mut)] mut more: u8,
) -> (Option<String>, u8) {
    (user(), kept + more)
}

#[with_user("alice")]
fn nothing_named(_: u8, _: String, (_, _): (u8, u8), [..]: [u8; 2], (): ()) -> Option<String> {
    user()
}

// `_` moves nothing out of the reference.
#[whose::trace(user_id = "alice")]
async fn not_taken(&_: &u8, _: &mut Vec<u8>, &(_, ref b): &(String, String)) -> usize {
    tokio::task::yield_now().await;
    b.len()
}

fn request() -> Request {
    Request { user: Account { name: "alice".into() }, tags: (0, ["a", "pro", "z"]) }
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let point = Point { x: 1, y: Some(2) };
    assert_eq!(mutable("a".into(), (1, "b".into()), [2, 0, 0, 3]), ("ab".into(), 6));
    assert_eq!(mutable_later("a".into(), 1, (1, 2, 3, 4)).await, (String::new(), 3));
    let mut out = vec![0];
    assert_eq!(deep(request(), &point, Cell::new(1), "", &mut out), 3);
    assert_eq!(out, [0, 3]);
    assert_eq!(deep_later(request(), &point, Cell::new(1), "").await, ("alice".into(), 3));
    assert_eq!(whole_and_parts(&(1, Point { x: 2, y: None })), (Some("1".into()), 4));
    assert_eq!((either(Ok(1)), either(Err(2))), ((Some("1".into()), 1), (Some("2".into()), 2)));
    assert_eq!(with_attributes(7, 1, 2), (Some("7".into()), 3));
    assert_eq!(nothing_named(1, String::new(), (1, 2), [1, 2], ()).as_deref(), Some("alice"));
    assert_eq!(not_taken(&1, &mut out, &("a".into(), "bc".into())).await, 2);
    assert_eq!(out.len(), 2);
    assert_eq!(user(), None);
}
