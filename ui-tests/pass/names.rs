//! Raw and non-ASCII names of functions, arguments and types, visibilities, and item positions.
use whose::testing::Recorder;
use whose::with_user;

fn user() -> Option<String> {
    whose::current().user_id().map(String::from)
}

#[whose::trace(user_id = r#type, fields(r#type), input, output)]
fn r#match(r#type: &str, r#in: u8) -> Option<String> {
    user().filter(|_| r#in == 1)
}

#[whose::trace(user_id = größe, tags(size = größe))]
async fn nutzer_größe(größe: u8) -> Option<String> {
    tokio::task::yield_now().await;
    let _ = größe;
    user()
}

struct Größe {
    r#type: u8,
}

impl Größe {
    #[with_user(self.r#type)]
    fn r#fn(&self) -> Option<String> {
        user()
    }
}

pub mod outer {
    pub(in crate::outer) mod inner {
        use whose::with_user;

        #[with_user("alice")]
        pub(super) fn of_the_module_above() -> Option<String> {
            super::super::user()
        }

        #[whose::trace(user_id = super::NAME)]
        pub(in crate::outer) async fn of_a_path() -> Option<String> {
            tokio::task::yield_now().await;
            crate::user()
        }
    }

    const NAME: &str = "bob";

    #[whose::trace(user_id = self::NAME)]
    pub(crate) fn of_the_crate() -> [Option<String>; 2] {
        [inner::of_the_module_above(), crate::user()]
    }

    pub async fn later() -> Option<String> {
        inner::of_a_path().await
    }
}

// Functions inside other items.
const IN_A_CONSTANT: fn() -> Option<String> = {
    #[with_user("in a constant")]
    fn inside() -> Option<String> {
        user()
    }
    inside
};

trait Closed {
    fn run(&self) -> Option<String>;
}

fn in_a_block(n: u8) -> impl Closed {
    struct Local(u8);

    impl Closed for Local {
        #[whose::trace(user_id = self.0, name = "<Local as Closed>::run")]
        fn run(&self) -> Option<String> {
            user()
        }
    }

    Local(n)
}

impl Closed for [u8; 1 + 1] {
    #[with_user(self[1])]
    fn run(&self) -> Option<String> {
        user()
    }
}

impl<T: Closed + ?Sized> Closed for &'_ (T, u8)
where
    T: Sized,
{
    #[with_user(self.1, session = self.0.run())]
    fn run(&self) -> Option<String> {
        user().filter(|_| whose::current().session_id().is_some())
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let rec = Recorder::start();
    let of = |user: &str| Some(user.to_owned());
    assert_eq!(r#match("alice", 1), of("alice"));
    let span = rec.span("match");
    assert_eq!(
        (span.field("type").unwrap(), span.field("input.in").unwrap()),
        (&"alice".into(), &"1".into())
    );
    assert_eq!(nutzer_größe(7).await, of("7"));
    assert_eq!(rec.span("nutzer_größe").user_id(), Some("7"));
    assert_eq!(Größe { r#type: 3 }.r#fn(), of("3"));
    assert_eq!(outer::of_the_crate(), [of("alice"), of("bob")]);
    assert_eq!(rec.span("of_the_crate").target(), concat!(module_path!(), "::outer"));
    assert_eq!(outer::later().await, of("bob"));
    assert_eq!(IN_A_CONSTANT(), of("in a constant"));
    assert_eq!(in_a_block(4).run(), of("4"));
    assert_eq!(rec.span("<Local as Closed>::run").user_id(), Some("4"));
    assert_eq!((&([5_u8, 6], 7)).run(), of("7"));
    assert_eq!(user(), None);
}
