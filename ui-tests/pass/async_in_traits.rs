//! `async fn` in traits, default methods, trait impls, overridden defaults.
use whose::with_user;

trait Tool {
    fn name(&self) -> String;

    #[whose::trace(user_id = self.name())]
    async fn run(&self) -> Option<String> {
        tokio::task::yield_now().await;
        whose::current().user_id().map(String::from)
    }

    #[with_user(from = self.name())]
    fn run_at_once(&self) -> Option<String> {
        whose::current().user_id().map(String::from)
    }
}

struct Search;
struct Write;

impl Tool for Search {
    fn name(&self) -> String {
        "search".into()
    }
}

impl Tool for Write {
    #[whose::trace]
    fn name(&self) -> String {
        "write".into()
    }

    #[whose::trace(user_id = "overridden")]
    async fn run(&self) -> Option<String> {
        tokio::task::yield_now().await;
        whose::current().user_id().map(String::from)
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    assert_eq!(Search.run().await.as_deref(), Some("search"));
    assert_eq!(Search.run_at_once().as_deref(), Some("search"));
    assert_eq!(Write.run().await.as_deref(), Some("overridden"));
    assert_eq!(Write.run_at_once().as_deref(), Some("write"));
}
