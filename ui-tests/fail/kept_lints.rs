// What the compiler says of a function it still says below an attribute.
#![deny(unused_must_use, deprecated, unused_variables, unreachable_code)]

#[must_use]
#[whose::trace(user_id = "u")]
fn must_use() -> u8 {
    1
}

#[whose::trace(user_id = "u")]
#[must_use]
async fn must_use_later() -> u8 {
    1
}

#[deprecated = "use another"]
#[whose::with_user("u")]
fn deprecated() {}

#[whose::with_user("u")]
fn unused(argument: u8) {}

#[whose::trace(user_id = "u")]
async fn unused_later(argument: u8) {}

#[whose::with_user("u")]
fn unreachable() -> u8 {
    return 1;
    2
}

fn main() {
    must_use();
    must_use_later();
    deprecated();
}
