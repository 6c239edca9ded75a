//! Annotated functions in a crate of the 2021 edition.
#![deny(warnings)]

#[path = "../../common.rs"]
mod common;

use std::fmt::Display;
use whose::with_user;

fn user() -> Option<String> {
    whose::current().user_id().map(String::from)
}

struct Pair {
    one: String,
    two: String,
}

// A closure of this edition captures single fields.
#[whose::trace(user_id = pair.one, output)]
fn captures_parts(pair: Pair) -> (usize, String) {
    let take = move || pair.two;
    (take().len(), pair.one)
}

#[test]
fn arguments_are_captured_in_parts() {
    let pair = Pair {
        one: "alice".into(),
        two: "two".into(),
    };
    assert_eq!(captures_parts(pair), (3, "alice".into()));
}

// `impl Trait` of this edition captures only the lifetimes in its bounds.
#[with_user(text)]
fn borrows_nothing(text: &str) -> impl Display {
    (text.len(), user()).1.unwrap_or_default()
}

#[whose::trace(user_id = text, output)]
fn borrows_nothing_reported(text: &str) -> impl std::fmt::Debug {
    (text.len(), user())
}

#[test]
fn impl_trait_outlives_unnamed_lifetimes() {
    let text = String::from("alice");
    let (shown, reported) = (borrows_nothing(&text), borrows_nothing_reported(&text));
    drop(text);
    assert_eq!(shown.to_string(), "alice");
    assert_eq!(format!("{reported:?}"), r#"(5, Some("alice"))"#);
}
