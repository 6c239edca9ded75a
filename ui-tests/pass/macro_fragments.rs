//! `macro_rules!` that generate annotated functions from fragments of every kind.
use std::fmt::Display;
use whose::testing::Recorder;
use whose::with_user;

fn user() -> Option<String> {
    whose::current().user_id().map(String::from)
}

// Fragments in the attribute: expressions, literals, names and whole arguments.
macro_rules! with_parts {
    ($name:ident, $kind:ident, $span:literal, $who:expr, $key:literal = $tag:expr) => {
        #[whose::trace(
            name = $span, kind = $kind, level = warn, user_id = $who, tags($key = $tag), output,
        )]
        fn $name() -> (Option<String>, Option<String>) {
            (user(), whose::current().tag($key).map(String::from))
        }
    };
}

with_parts!(plan, agent, "planning", 1 + 2, "a.b" = if true { "t" } else { "f" });

macro_rules! with_arguments {
    ($($(#[$attr:meta])* $vis:vis $name:ident [$($key:tt)*];)*) => {$(
        $(#[$attr])*
        #[with_user($($key)*)]
        $vis async fn $name(user_id: u8, email: &str) -> (Option<String>, usize) {
            tokio::task::yield_now().await;
            let _ = user_id;
            (user(), email.len())
        }
    )*};
}

with_arguments! {
    /// The caller provides the whole list, which cannot use the names of the macro.
    pub(crate) listed [user_id = "l", isolated];
    #[allow(dead_code)] nothing_new [anonymous];
}

// Fragments in the signature.
macro_rules! with_signature {
    (
        $(#[$attr:meta])*
        $vis:vis fn $name:ident<$lt:lifetime, $t:ident: $bound:path, const $n:ident: $size:ty>(
            $($pat:pat => $ty:ty),* $(,)?
        ) -> $ret:ty { $($body:tt)* }
    ) => {
        $(#[$attr])*
        $vis fn $name<$lt, $t: $bound, const $n: $size>($($pat: $ty),*) -> $ret { $($body)* }
    };
}

with_signature! {
    #[whose::trace(user_id = id, session = N, input, output)]
    pub(crate) fn in_fragments<'a, T: Display, const N: usize>(
        id => &'a str,
        (_, mut b) => (u8, u8),
        shown => &Shown<T>,
    ) -> Vec<String> {
        b += 1;
        vec![format!("{} {b} {:?}", shown.0, whose::current().session_id()), id.to_owned()]
    }
}

struct Shown<T>(T);

impl<T: Display> std::fmt::Debug for Shown<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.0)
    }
}

macro_rules! returning {
    ($($name:ident -> $ret:ty = $value:expr;)*) => {$(
        #[whose::trace(user_id = "alice", output)]
        fn $name() -> $ret {
            assert_eq!(user().as_deref(), Some("alice"));
            $value
        }
    )*};
    (async $($name:ident -> $ret:ty = $value:expr;)*) => {$(
        #[whose::trace(user_id = "alice")]
        async fn $name() -> $ret {
            tokio::task::yield_now().await;
            assert_eq!(user().as_deref(), Some("alice"));
            $value
        }
    )*};
}

returning! {
    number -> u8 = 1;
    hidden -> impl std::fmt::Debug + PartialEq<u8> = 2;
    nested -> Option<(impl std::fmt::Debug, [u8; 2])> = Some(("x", [1, 2]));
    unit -> () = ();
}

mod later {
    use super::*;

    returning! {
        async
        number -> u8 = 1;
        hidden -> impl Display = 2;
        closure -> Box<dyn Fn(u8) -> u8> = return Box::new(|n| n);
        unit -> () = ();
    }

    pub async fn all() -> (u8, String, u8) {
        unit().await;
        (number().await, hidden().await.to_string(), closure().await(3))
    }
}

// Methods with receiver and body from fragments.
macro_rules! methods {
    ($type:ty { $($name:ident($self:ident) by $who:expr => $out:expr;)* }) => {
        impl $type {$(
            #[with_user(from = $who)]
            fn $name(&$self) -> (Option<String>, String) {
                (user(), $out.to_string())
            }
        )*}
    };
}

struct Agent {
    name: &'static str,
}

methods! {
    Agent {
        by_name(self) by self.name => self.name.len();
        by_call(self) by self.name.to_uppercase() => user().is_some();
    }
}

// Whole items as fragments.
macro_rules! whole {
    (@attributed $attr:meta $($item:item)*) => {$(#[$attr] $item)*};
    ($($item:item)*) => {$($item)*};
}

whole! {
    #[whose::trace(user_id)]
    async fn as_it_is(user_id: String) -> Option<String> {
        tokio::task::yield_now().await;
        drop(user_id);
        user()
    }
}

whole! {
    @attributed whose::with_user("from the macro")
    fn attributed() -> Option<String> { user() }
    async fn attributed_later() -> Option<String> { user() }
}

// A macro that generates a macro that generates functions.
macro_rules! outer {
    ($dollar:tt $who:literal) => {
        macro_rules! inner {
                    ($dollar name:ident) => {
                        #[with_user($who)]
                        fn $dollar name() -> Option<String> {
                            user()
                        }
                    };
                }
    };
}

outer!($ "twice");
inner!(written_twice);

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let rec = Recorder::start();
    let of = |user: &str| Some(user.to_owned());
    assert_eq!(plan(), (of("3"), of("t")));
    let span = rec.span("planning");
    assert_eq!((span.user_id(), span.level()), (Some("3"), tracing::Level::WARN));
    assert_eq!(span.kind(), Some(whose::Kind::Agent));
    assert_eq!(listed(1, "ab").await, (of("l"), 2));
    assert_eq!(in_fragments::<_, 2>("id", (1, 2), &Shown('x')), [r#"x 3 Some("2")"#, "id"]);
    assert_eq!(rec.span("in_fragments").field("input.b").unwrap(), &"2");
    assert!(number() == 1 && hidden() == 2 && nested().is_some());
    unit();
    assert_eq!(later::all().await, (1, "2".into(), 3));
    let agent = Agent { name: "al" };
    assert_eq!(
        (agent.by_name(), agent.by_call()),
        ((of("al"), "2".into()), (of("AL"), "true".into()))
    );
    assert_eq!(as_it_is("alice".into()).await, of("alice"));
    assert_eq!(
        (attributed(), attributed_later().await),
        (of("from the macro"), of("from the macro"))
    );
    assert_eq!((written_twice(), user()), (of("twice"), None));
}
