//! Bodies of every kind: items, labels, `let … else`, one expression, nothing.
use whose::with_user;

fn user_name() -> &'static str {
    "outer"
}

// The attribute does not see the items of the body.
#[with_user(user_name())]
fn own_items() -> Option<String> {
    #[allow(dead_code)]
    fn user_name() -> &'static str {
        "inner"
    }
    type Option<T> = std::option::Option<T>;
    let at = whose::current();
    let out: Option<String> = at.user_id().map(String::from);
    out
}

#[whose::trace(user_id = "u")]
async fn own_types(n: u8) -> Result<u8, String> {
    use std::io::Result;
    fn inner(n: u8) -> Result<u8> {
        Ok(n)
    }
    inner(n).map_err(|error| error.to_string())
}

#[whose::trace(user_id = "u")]
fn labels(limit: u8) -> u8 {
    let mut n = 0;
    'outer: loop {
        loop {
            n += 1;
            if n == limit {
                break 'outer n;
            }
        }
    }
}

#[whose::trace(user_id = "u")]
async fn let_else(text: &str) -> u8 {
    let Ok(n) = text.parse() else { return 0 };
    n
}

#[with_user("u")]
fn nothing() {}

#[with_user("u")]
async fn nothing_later() {}

#[with_user("u")]
fn tuple() -> (u8, u8) { (1, 2) }

#[with_user("u")]
async fn negative() -> i8 { -1 }

#[whose::trace(user_id = "u")]
async fn one_match(n: u8) -> &'static str {
    match n {
        0 => "none",
        _ => "some",
    }
}

fn guarded<'a>(text: &'a std::cell::RefCell<String>) -> usize {
    #[with_user("u")]
    fn nested(text: &std::cell::RefCell<String>) -> usize {
        text.borrow().len()
    }
    nested(text)
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    assert_eq!(own_items().as_deref(), Some("outer"));
    assert_eq!(own_types(3).await, Ok(3));
    assert_eq!(labels(4), 4);
    assert_eq!(let_else("x").await + let_else("3").await, 3);
    nothing();
    nothing_later().await;
    assert_eq!(tuple(), (1, 2));
    assert_eq!(negative().await, -1);
    assert_eq!(one_match(0).await, "none");
    assert_eq!(guarded(&String::from("ab").into()), 2);
}
