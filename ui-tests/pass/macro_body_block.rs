//! A macro can take the body of an annotated function as one fragment.
use whose::with_user;

fn user() -> Option<String> {
    whose::current().user_id().map(String::from)
}

macro_rules! with_body {
    ($name:ident, $name_later:ident, $boxed:ident, $method:ident($self:ident), $body:block) => {
        #[with_user("alice")]
        fn $name() -> Option<String> $body

        #[whose::trace(user_id = "alice", output)]
        async fn $name_later() -> Option<String> $body

        impl Agent {
            #[whose::trace(user_id = $self.0)]
            fn $method(&$self) -> Option<String> $body
        }

        #[whose::trace(user_id = "alice")]
        fn $boxed() -> std::pin::Pin<Box<dyn Future<Output = Option<String>>>> {
            Box::pin(async move $body)
        }
    };
}

struct Agent(&'static str);

with_body!(at_once, later, boxed, method(self), {
    let seen = user();
    if seen.is_none() {
        return None;
    }
    seen
});

#[tokio::main(flavor = "current_thread")]
async fn main() {
    assert_eq!((at_once(), later().await), (Some("alice".into()), Some("alice".into())));
    assert_eq!((boxed().await, Agent("bob").method()), (Some("alice".into()), Some("bob".into())));
}
