//! The body may move, destructure, replace and return the values that the attribute reads.
use std::sync::Arc;
use std::thread;
use whose::{User, with_session, with_user};

fn user() -> Option<String> {
    whose::current().user_id().map(String::from)
}

#[derive(Debug, Clone, PartialEq)]
struct Request {
    user: String,
    visit: Option<String>,
    parts: Vec<String>,
}

#[with_user(from = req.user, session = req.visit, tags(parts = req.parts.len()))]
fn taken_apart(req: Request) -> (String, Vec<String>) {
    let Request { user, visit, mut parts } = req;
    parts.extend(visit);
    drop(user);
    (whose::current().user_id().unwrap_or_default().into(), parts)
}

#[whose::trace(user = req.user, fields(visit = req.visit), input(req.parts), output, err)]
async fn in_parts(req: Request, give_up: bool) -> Result<Vec<String>, String> {
    let parts = req.parts;
    tokio::task::yield_now().await;
    assert_eq!(user().as_ref(), Some(&req.user));
    if give_up {
        return Err(req.user);
    }
    drop(req.user);
    Ok(parts)
}

#[with_user(from = req.user)]
async fn replaced(mut req: Request) -> Request {
    req = Request { user: "other".into(), ..req };
    tokio::task::yield_now().await;
    // The call has determined the user.
    assert_eq!(user().as_deref(), Some("alice"));
    req
}

#[whose::trace(user_id = name, output)]
fn into_a_thread(name: String) -> (Option<String>, usize) {
    let here = user();
    let there = thread::spawn(move || (user(), name.len())).join().unwrap();
    // A thread starts without a user.
    assert_eq!(there.0, None);
    (here, there.1)
}

#[whose::trace(user_id = name)]
async fn into_a_task(name: String) -> (Option<String>, String) {
    let task = tokio::spawn(async move { (user(), name) });
    let (there, name) = task.await.unwrap();
    assert_eq!(there, None);
    (user(), name)
}

#[with_session(ids.join("+"), user_id = ids.first())]
fn in_a_loop(ids: Vec<String>) -> Vec<(String, Option<String>)> {
    assert_eq!(whose::current().session_id(), Some("a+b"));
    let mut out = Vec::new();
    for id in ids {
        out.push((id, user()));
    }
    out
}

#[with_user]
fn whole(user: User) -> User {
    user.with_segment(format!("of {:?}", self::user()))
}

#[whose::trace(user = who.clone())]
async fn option(who: Option<Arc<str>>) -> Option<usize> {
    tokio::task::yield_now().await;
    let who = who?;
    assert_eq!(user().as_deref(), Some(&*who));
    Some(Arc::try_unwrap_len(who))
}

trait Counted {
    fn try_unwrap_len(this: Self) -> usize;
}

impl Counted for Arc<str> {
    fn try_unwrap_len(this: Self) -> usize {
        this.len()
    }
}

// The borrow of the expression ends before the body.
#[whose::trace(user_id = { list.push(1); list.len() }, input(size = list.len()))]
async fn lent(list: &mut Vec<u8>) -> &mut u8 {
    list.push(2);
    tokio::task::yield_now().await;
    assert_eq!(user().as_deref(), Some("1"));
    &mut list[0]
}

#[with_user(from = once.take())]
fn taken_by_the_expression(mut once: Option<String>) -> (Option<String>, Option<String>) {
    (once.replace("again".into()).or_else(user), once)
}

fn request() -> Request {
    Request { user: "alice".into(), visit: Some("v".into()), parts: vec!["p".into()] }
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    assert_eq!(taken_apart(request()), ("alice".into(), vec!["p".into(), "v".into()]));
    assert_eq!(in_parts(request(), false).await, Ok(vec!["p".into()]));
    assert_eq!(in_parts(request(), true).await, Err("alice".into()));
    assert_eq!(replaced(request()).await, Request { user: "other".into(), ..request() });
    assert_eq!(into_a_thread("alice".into()), (Some("alice".into()), 5));
    assert_eq!(into_a_task("alice".into()).await, (Some("alice".into()), "alice".into()));
    let alice = || Some("a".to_owned());
    assert_eq!(
        in_a_loop(vec!["a".into(), "b".into()]),
        [("a".into(), alice()), ("b".into(), alice())]
    );
    assert_eq!(whole(User::new("alice")).segment(), Some(r#"of Some("alice")"#));
    assert_eq!((option(Some("alice".into())).await, option(None).await), (Some(5), None));
    let mut list = Vec::new();
    *lent(&mut list).await += 5;
    assert_eq!(list, [6, 2]);
    assert_eq!(taken_by_the_expression(alice()), (alice(), Some("again".into())));
    assert_eq!(user(), None);
}
