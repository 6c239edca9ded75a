// The attributes and lints of a function keep their effect.
#![deny(unused, deprecated, unconditional_recursion)]

#[must_use = "it is counted"]
#[whose::trace(user_id = "u")]
fn must_be_used() -> u8 {
    1
}

#[whose::with_user("u")]
#[must_use = "it is counted later"]
async fn must_be_used_later() -> u8 {
    1
}

#[deprecated = "call another one"]
#[whose::with_user("u")]
fn deprecated() {}

#[whose::with_user("u")]
fn never_called() {}

#[whose::trace(user_id)]
fn unused_argument(user_id: u8, unused: u8) {}

#[whose::trace(user_id)]
async fn unused_argument_later(user_id: u8, unused: u8) {}

#[whose::trace(user_id = "u", output)]
fn in_the_body(mut unchanged: u8) -> u8 {
    let unused = 1;
    must_be_used();
    return unchanged;
    unchanged
}

#[whose::with_user("u")]
async fn in_the_body_later(mut unchanged: u8) -> u8 {
    let unused = 1;
    must_be_used();
    return unchanged;
    unchanged
}

#[whose::with_session(n)]
fn calls_itself(n: u8) -> u8 {
    calls_itself(n)
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    must_be_used();
    must_be_used_later();
    must_be_used_later().await;
    deprecated();
    unused_argument(1, 2);
    unused_argument_later(1, 2).await;
    in_the_body(1);
    in_the_body_later(1).await;
    calls_itself(1);
}
