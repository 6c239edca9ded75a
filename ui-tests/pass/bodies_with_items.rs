//! Bodies with their own items, macros, constants, statics, imports and attributes.
#![deny(unused)]
use std::cell::Cell;
use std::sync::atomic::{AtomicU8, Ordering};
use whose::with_user;

fn user() -> Option<String> {
    whose::current().user_id().map(String::from)
}

const NAME: &str = "outer";

// The attribute reads the outer names, not those of the body.
#[with_user(NAME, session = name())]
fn constants() -> (&'static str, Option<String>, Option<String>) {
    const NAME: &str = "inner";
    let session = whose::current().session_id().map(String::from);
    (NAME, user(), session.filter(|_| name() == "inner()"))
}

fn name() -> &'static str {
    "outer()"
}

#[with_user(from = name())]
async fn functions() -> (&'static str, Option<String>) {
    fn name() -> &'static str {
        "inner()"
    }
    tokio::task::yield_now().await;
    (name(), user())
}

#[whose::trace(user_id = name(), output)]
fn statics() -> (u8, u8) {
    static CALLS: AtomicU8 = AtomicU8::new(0);
    thread_local! {
        static HERE: Cell<u8> = const { Cell::new(10) };
    }
    assert_eq!(user().as_deref(), Some("outer()"));
    HERE.set(HERE.get() + 1);
    (CALLS.fetch_add(1, Ordering::Relaxed), HERE.get())
}

#[whose::trace(user_id = "alice", output, err)]
fn types(text: &str) -> Result<impl std::fmt::Debug + use<>, impl std::fmt::Display + use<>> {
    use std::fmt::{Debug, Display, Formatter, Result as Written};

    #[derive(Debug, PartialEq)]
    enum Parsed<T> {
        Number(T),
        Nothing,
    }

    struct Failed(String);

    impl Display for Failed {
        fn fmt(&self, f: &mut Formatter<'_>) -> Written {
            write!(f, "failed for {:?}: {}", user(), self.0)
        }
    }

    trait Parse<T: Debug> {
        fn parsed(&self) -> Result<Parsed<T>, Failed>;
    }

    impl Parse<u8> for str {
        fn parsed(&self) -> Result<Parsed<u8>, Failed> {
            match self {
                "" => Ok(Parsed::Nothing),
                text => text
                    .parse()
                    .map(Parsed::Number)
                    .map_err(|error: std::num::ParseIntError| Failed(error.to_string())),
            }
        }
    }

    text.parsed()
}

#[with_user("alice")]
async fn macros(each: &[u8]) -> (u8, String) {
    macro_rules! sum {
        ($each:expr) => {{
            let mut sum = 0;
            for one in $each {
                sum += one;
            }
            sum
        }};
        () => {
            return (0, user().unwrap_or_default())
        };
    }
    if each.is_empty() {
        sum!();
    }
    tokio::task::yield_now().await;
    let sum: u8 = sum!(each);
    (sum, format!("{sum} {:?}", user()))
}

// Bodies of a single macro call, and bodies that start with a block.
#[with_user("alice")]
fn one_macro() -> String {
    format!("{:?}", user())
}

#[whose::trace(user_id = "alice", output)]
async fn one_vector() -> Vec<Option<String>> {
    vec![user(), None]
}

#[with_user("alice")]
#[allow(unused_braces)]
async fn starts_with_a_block(n: u8) -> u8 {
    {
        assert_eq!(user().as_deref(), Some("alice"))
    }
    { n }
}

#[with_user("alice")]
async fn is_a_block(n: u8) -> u8 {
    {
        let n = n + 1;
        n
    }
}

#[whose::trace(user_id = "alice")]
async fn const_blocks<const N: usize>() -> usize {
    const { assert!(N < 10) };
    tokio::task::yield_now().await;
    const { N + 1 }
}

#[with_user("alice")]
fn with_attributes() -> Option<&'static str> {
    #![allow(unused_assignments)]
    #[cfg(any())]
    return missing();
    #[allow(unused_variables)]
    let unused = 1;
    let mut seen = None;
    #[cfg(all())]
    {
        seen = Some("kept");
    }
    #[rustfmt::skip]
    let out = seen.filter(|_| user().as_deref() == Some("alice"));
    out
}

#[with_user("alice")]
#[allow(clippy::module_inception)]
fn annotated_inside() -> [Option<String>; 2] {
    #[with_user("bob")]
    fn inner() -> Option<String> {
        user()
    }

    mod module {
        pub(super) struct Inner;

        impl Inner {
            #[whose::trace(user_id = "carol")]
            pub(super) fn method(&self) -> Option<String> {
                super::user()
            }
        }
    }

    assert_eq!(user().as_deref(), Some("alice"));
    [inner(), module::Inner.method()]
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    assert_eq!(constants(), ("inner", Some("outer".into()), None));
    assert_eq!(functions().await, ("inner()", Some("outer()".into())));
    assert_eq!((statics(), statics()), ((0, 11), (1, 12)));
    assert_eq!(format!("{:?}", types("7").ok().unwrap()), "Number(7)");
    assert_eq!(format!("{:?}", types("").ok().unwrap()), "Nothing");
    assert_eq!(
        types("x").err().unwrap().to_string(),
        "failed for None: invalid digit found in string"
    );
    assert_eq!(macros(&[1, 2]).await, (3, r#"3 Some("alice")"#.into()));
    assert_eq!(macros(&[]).await, (0, "alice".into()));
    assert_eq!(one_macro(), r#"Some("alice")"#);
    assert_eq!(one_vector().await, [Some("alice".into()), None]);
    assert_eq!(starts_with_a_block(1).await + is_a_block(1).await, 3);
    assert_eq!(const_blocks::<2>().await, 3);
    assert_eq!(with_attributes(), Some("kept"));
    assert_eq!(annotated_inside(), [Some("bob".into()), Some("carol".into())]);
    assert_eq!(user(), None);
}
