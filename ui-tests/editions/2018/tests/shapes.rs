//! Annotated functions in a crate of the 2018 edition.
#![deny(warnings)]
#![allow(
    bare_trait_objects,
    reason = "the older way to write `dyn` is what is tested"
)]

#[path = "../../common.rs"]
mod common;

use std::fmt::Display;
use whose::with_user;

fn user() -> Option<String> {
    whose::current().user_id().map(String::from)
}

#[with_user("alice")]
fn bare_objects<'a>(text: &'a (Display + 'a), early: bool) -> Box<Iterator<Item = String> + 'a> {
    let made_for = user();
    if early {
        return Box::new(made_for.into_iter());
    }
    Box::new(made_for.into_iter().chain(Some(text.to_string())))
}

#[whose::trace(user_id = "alice", output)]
async fn bare_objects_later(early: bool) -> Box<std::fmt::Debug + Send> {
    if early {
        return Box::new(1);
    }
    tokio::task::yield_now().await;
    Box::new(user())
}

#[test]
fn trait_objects_without_dyn_are_returned() {
    let seen = |early| bare_objects(&"text", early).collect::<Vec<_>>();
    assert_eq!(seen(true), ["alice"]);
    assert_eq!(seen(false), ["alice", "text"]);
    let seen = common::block_on(bare_objects_later(false));
    assert_eq!(format!("{:?}", seen), r#"Some("alice")"#);
    let seen = common::block_on(bare_objects_later(true));
    assert_eq!(format!("{:?}", seen), "1");
}

struct Pair {
    one: String,
    two: String,
}

// A closure of this edition captures whole variables.
#[whose::trace(user_id = pair.one, output)]
fn captures_it_whole(pair: Pair) -> usize {
    let take = move || pair.two;
    take().len()
}

#[with_user(pair.one)]
async fn captures_it_whole_later(pair: Pair) -> (String, usize) {
    tokio::task::yield_now().await;
    let one = pair.one;
    (one, pair.two.len())
}

#[test]
fn arguments_are_captured_whole() {
    let pair = || Pair {
        one: "alice".into(),
        two: "two".into(),
    };
    assert_eq!(captures_it_whole(pair()), 3);
    let seen = common::block_on(captures_it_whole_later(pair()));
    assert_eq!(seen, ("alice".into(), 3));
}

// An array iterates by reference in this edition, in the attribute and in the body.
#[with_user([1_u8, 2].into_iter().map(|n: &u8| n).next())]
#[allow(
    array_into_iter,
    clippy::into_iter_on_ref,
    reason = "that is what differs"
)]
fn arrays() -> (Option<String>, usize) {
    (
        user(),
        [1_u8, 2].into_iter().filter(|n: &&u8| **n > 1).count(),
    )
}

#[test]
fn methods_follow_edition() {
    assert_eq!(arrays(), (Some("1".into()), 1));
}
