//! Returned trait objects: boxed, shared, borrowed, and as errors.
use std::any::Any;
use std::error::Error;
use std::fmt::{Debug, Display};
use std::rc::Rc;
use std::sync::Arc;
use whose::with_user;

fn user() -> Option<String> {
    whose::current().user_id().map(String::from)
}

#[with_user("alice")]
fn boxed(text: bool) -> Box<dyn Display + Send + 'static> {
    assert_eq!(user().as_deref(), Some("alice"));
    if text {
        return Box::new("text");
    }
    Box::new(7)
}

#[whose::trace(user_id = "alice", output)]
fn borrowed<'a>(text: &'a str, n: &'a u8, first: bool) -> &'a dyn Debug {
    assert_eq!(user().as_deref(), Some("alice"));
    if !first {
        return n;
    }
    // A reference to a local fat pointer would not live long enough.
    let _ = text;
    &"first"
}

#[whose::trace(user_id = "alice", output)]
async fn shared(way: u8) -> Option<Arc<dyn Debug + Send + Sync>> {
    tokio::task::yield_now().await;
    match way {
        0 => None,
        1 => Some(Arc::new(user())),
        _ => return Some(Arc::new(way)),
    }
}

#[with_user("alice")]
async fn lent(of: &mut [Box<dyn Any>], at: usize) -> Option<&mut (dyn Any + 'static)> {
    tokio::task::yield_now().await;
    assert_eq!(user().as_deref(), Some("alice"));
    Some(of.get_mut(at)?.as_mut())
}

#[whose::trace(user_id = "alice")]
async fn iterators<'a>(list: &'a [u8], back: bool) -> Box<dyn Iterator<Item = &'a u8> + 'a> {
    tokio::task::yield_now().await;
    if back {
        return Box::new(list.iter().rev());
    }
    Box::new(list.iter())
}

#[with_user("alice")]
fn in_a_tuple(n: u8) -> (Rc<dyn Display>, [Box<dyn Fn() -> u8>; 2]) {
    assert_eq!(user().as_deref(), Some("alice"));
    (Rc::new(n), [Box::new(move || n), Box::new(|| 0)])
}

#[whose::trace(user_id = "alice", err)]
async fn errors(
    text: &str,
) -> Result<Box<dyn Display + '_>, Box<dyn Error + Send + Sync + 'static>> {
    tokio::task::yield_now().await;
    if text.is_empty() {
        return Err("empty".into());
    }
    if text == "text" {
        return Ok(Box::new(text));
    }
    let n: u8 = text.parse()?;
    Ok(Box::new(n))
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    assert_eq!((boxed(true).to_string(), boxed(false).to_string()), ("text".into(), "7".into()));
    assert_eq!(format!("{:?}", borrowed("text", &7, true)), r#""first""#);
    assert_eq!(format!("{:?}", borrowed("text", &7, false)), "7");
    assert!(shared(0).await.is_none());
    assert_eq!(format!("{:?}", shared(1).await.unwrap()), r#"Some("alice")"#);
    assert_eq!(format!("{:?}", shared(2).await.unwrap()), "2");

    let mut all: [Box<dyn Any>; 1] = [Box::new(1_u8)];
    *lent(&mut all, 0).await.and_then(|any| any.downcast_mut::<u8>()).unwrap() += 1;
    assert_eq!(all[0].downcast_ref(), Some(&2_u8));
    assert!(lent(&mut all, 1).await.is_none());
    assert!(iterators(&[1, 2], true).await.eq(&[2, 1]));
    assert!(iterators(&[1, 2], false).await.eq(&[1, 2]));
    let (shown, [one, two]) = in_a_tuple(3);
    assert_eq!((shown.to_string().as_str(), one(), two()), ("3", 3, 0));

    assert_eq!(errors("text").await.unwrap().to_string(), "text");
    assert_eq!(errors("7").await.unwrap().to_string(), "7");
    assert_eq!(errors("").await.err().unwrap().to_string(), "empty");
    assert!(errors("x").await.err().unwrap().is::<std::num::ParseIntError>());
    assert_eq!(user(), None);
}
