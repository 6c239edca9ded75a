//! A crate that has its own `Option`, `Some`, `Result`, `tracing`, `core`, and no prelude.
#![no_implicit_prelude]
#![allow(dead_code, non_camel_case_types)]

mod core {}
mod std {}
mod tracing {}
mod alloc {}
struct Option;
struct Some;
struct None;
struct Result;
struct Ok;
struct Err;
struct Box;
struct User;
struct Scope;
trait Future {}
trait Clone {}
type str = u8;

#[::whose::trace(user_id, tags(a = 1), input, fields(b = 2), output, err)]
fn sync(user_id: &'static ::core::primitive::str) -> ::core::result::Result<u8, u8> {
    ::core::result::Result::Ok(3)
}

#[::whose::trace(user = user_id, email = "a", kind = tool, output)]
async fn later(user_id: &'static ::core::primitive::str) -> u8 {
    ::core::assert!(::whose::current().user_id() == ::core::option::Option::Some("u"));
    let _ = user_id;
    4
}

#[::whose::with_user("a", identify, isolated, supplement)]
async fn user() -> u8 {
    5
}

#[derive(::whose::AsUser)]
struct Account {
    id: u64,
    #[whose(attr)]
    n: u8,
}

#[derive(::whose::AsId)]
struct Id(u64);

fn main() {
    let runtime = ::tokio::runtime::Builder::new_current_thread().build();
    let ::core::result::Result::Ok(runtime) = runtime else { ::core::panic!("no runtime") };
    ::whose::guard!(user = Account { id: 1, n: 2 }, session = Id(3));
    ::core::assert!(::core::matches!(sync("u"), ::core::result::Result::Ok(3)));
    ::core::assert!(runtime.block_on(later("u")) == 4);
    ::core::assert!(runtime.block_on(user()) == 5);
}
