//! The first argument of `with_user` and `with_session` can be an expression.
use whose::{with_session, with_user};

const OPERATOR: &str = "operator";

struct Request {
    user: Option<String>,
    visit: uuid::Visit,
}

mod uuid {
    pub struct Visit(pub u8);
    impl std::fmt::Display for Visit {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            write!(f, "visit-{}", self.0)
        }
    }
}

fn name(of: &str) -> String {
    of.to_uppercase()
}

#[with_user(req.user)]
fn field(req: &Request) -> Option<String> {
    let _ = req;
    whose::current().user_id().map(String::from)
}

#[with_user(name("bob"), tags(a = 1))]
fn call() -> Option<String> {
    whose::current().user_id().map(String::from)
}

#[with_user(OPERATOR)]
fn constant() -> Option<String> {
    whose::current().user_id().map(String::from)
}

#[with_session(%req.visit, user = req.user)]
fn display(req: &Request) -> Option<String> {
    assert_eq!(whose::current().user_id(), req.user.as_deref());
    whose::current().session_id().map(String::from)
}

#[with_user("carol")]
fn literal() -> Option<String> {
    whose::current().user_id().map(String::from)
}

fn main() {
    let req = Request { user: Some("alice".into()), visit: uuid::Visit(3) };
    assert_eq!(field(&req).as_deref(), Some("alice"));
    assert_eq!(call().as_deref(), Some("BOB"));
    assert_eq!(constant().as_deref(), Some("operator"));
    assert_eq!(display(&req).as_deref(), Some("visit-3"));
    assert_eq!(literal().as_deref(), Some("carol"));
}
