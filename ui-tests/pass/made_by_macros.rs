//! Annotated functions from `macro_rules!`.
use whose::with_user;

macro_rules! make {
    ($name:ident, $arg:ident, $user:expr) => {
        #[with_user(from = $user, tags(name = stringify!($name)))]
        fn $name($arg: &str) -> Option<String> {
            let _ = $arg;
            whose::current().user_id().map(String::from)
        }
    };
}

macro_rules! own_names {
    ($name:ident) => {
        #[whose::trace(user_id, input)]
        async fn $name(user_id: u8) -> Option<String> {
            tokio::task::yield_now().await;
            let _ = user_id;
            whose::current().user_id().map(String::from)
        }
    };
}

make!(by_argument, who, who.to_uppercase());
make!(by_literal, _who, "fixed");
own_names!(hygienic);

#[tokio::main(flavor = "current_thread")]
async fn main() {
    assert_eq!(by_argument("a").as_deref(), Some("A"));
    assert_eq!(by_literal("a").as_deref(), Some("fixed"));
    assert_eq!(hygienic(3).await.as_deref(), Some("3"));
}
