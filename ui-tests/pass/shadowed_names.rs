//! A crate that has its own `std`, `core`, `tracing`, `Some`, `Result`, primitive types and macros.
#![allow(dead_code, non_camel_case_types, non_snake_case, non_upper_case_globals, unused_macros)]
use ::whose::testing::Recorder;

mod std {}
mod core {
    pub mod option {
        pub enum Option {}
    }
}
mod alloc {}
mod tracing {}
mod whose {
    pub mod __private {}
    pub struct Scope;
}

enum Option<T> {
    Some(T),
    Nothing,
}
use Option::Some;

struct Result;
struct Ok(u8);
struct Err;
struct Box<T>(T);
struct String;
struct Vec;
trait Fn {}
trait FnOnce {}
trait Send {}
trait Sized {}
trait Into {}
trait From {}
trait Drop {
    fn drop(self);
}
trait Future {
    fn poll(&self) {}
}
impl<T> Future for T {}
// Methods with the names that an expansion calls, on every type.
trait Everything: ::core::marker::Sized {
    fn user(self, _: u8) {}
    fn session(self, _: u8) {}
    fn tag(self, _: u8, _: u8) {}
    fn enter(self) {}
    fn unwrap_or_else(self) {}
    fn supplement(self) {}
}
impl<T> Everything for T {}

type bool = Vec;
type usize = Vec;
type u8_ = Vec;

macro_rules! span {
    ($($_:tt)*) => {
        compile_error!("not this one")
    };
}
macro_rules! module_path {
    ($($_:tt)*) => {
        compile_error!("not this one")
    };
}
macro_rules! format_args {
    ($($_:tt)*) => {
        compile_error!("not this one")
    };
}
macro_rules! concat {
    ($($_:tt)*) => {
        compile_error!("not this one")
    };
}
macro_rules! callsite {
    ($($_:tt)*) => {
        compile_error!("not this one")
    };
}

fn drop() {}
fn enter() {}
fn scoped() {}
fn traced() {}
fn prepare() {}
static scope: u8 = 1;

fn is(name: &str) -> ::core::primitive::bool {
    ::whose::current().user_id() == ::core::option::Option::Some(name)
}

#[::whose::trace(user_id = "alice", session = 1, tags(t = scope), kind = tool, input, output, err)]
fn everything(n: u8) -> ::core::result::Result<u8, u8> {
    assert!(is("alice"));
    if n == 0 {
        return ::core::result::Result::Err(n);
    }
    ::core::result::Result::Ok(n)
}

#[::whose::trace(
    user = name, email = "a@example.com", session = 1, fields(n = 1, %name),
    parent = ::core::option::Option::None, output, err(Debug),
)]
async fn everything_later(name: &str) -> ::core::result::Result<u8, u8> {
    ::tokio::task::yield_now().await;
    assert!(is(name));
    ::core::result::Result::Ok(3)
}

#[::whose::with_user("alice", identify, isolated, supplement, attrs(a = 1), segment = %scope)]
fn flags() -> Option<u8> {
    assert!(is("alice"));
    Some(1)
}

#[::whose::with_session(7, anonymous)]
async fn nobody() -> Result {
    assert!(::whose::current().is_anonymous());
    Result
}

// Type parameters, arguments and lifetimes with such names.
#[::whose::trace(user_id = Scope, output)]
fn parameters<'scope, Some, Option: ::core::fmt::Debug, T>(
    Scope: &'scope str,
    User: T,
    value: Option,
) -> Option
where
    T: ::core::marker::Copy,
{
    let (whose, tracing, core) = (User, User, User);
    let _ = [whose, tracing, core];
    assert!(is(Scope));
    value
}

#[::whose::with_user(User)]
async fn arguments<None, Scope>(User: u8, Span: None, core: Scope) -> (None, Scope) {
    assert!(is("1"));
    (Span, core)
}

#[derive(::whose::AsUser)]
struct Account<Option, str> {
    id: u8,
    #[whose(attr)]
    n: Option,
    #[whose(email)]
    mail: str,
}

#[derive(::whose::AsId)]
struct Id<Cow>(Cow);

fn main() {
    let rec = Recorder::start();
    let runtime = ::tokio::runtime::Builder::new_current_thread().build().unwrap();
    assert!(::core::matches!(everything(3), ::core::result::Result::Ok(3)));
    assert!(everything(0).is_err());
    assert_eq!(rec.span("everything").target(), ::core::module_path!());
    assert!(runtime.block_on(everything_later("bob")).is_ok());
    assert_eq!(rec.span("everything_later").field("output").unwrap(), &"3");
    assert!(::core::matches!(flags(), Some(1)));
    let Result = runtime.block_on(nobody());
    assert_eq!(parameters::<u8, _, _>("carol", 1, "value"), "value");
    assert_eq!(runtime.block_on(arguments(1, 2, 'c')), (2, 'c'));
    ::whose::guard!(
        user = Account { id: 1, n: 2_u8, mail: "a@example.com" },
        session = Id("s"),
        tags(a = scope)
    );
    assert!(is("1"));
    assert_eq!(::whose::current().session_id().unwrap(), "s");
}
