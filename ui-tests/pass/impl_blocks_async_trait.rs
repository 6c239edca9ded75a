//! An attribute on an `impl` block beside `#[async_trait]`, in both orders, and on `async fn` of a
//! plain trait.
use async_trait::async_trait;
use whose::testing::Recorder;

fn user() -> Option<String> {
    whose::current().user_id().map(String::from)
}

#[async_trait]
trait Tools {
    async fn search(&self, query: &str) -> Result<Option<String>, String>;
    async fn store(&mut self, session_id: String, (a, b): (u8, u8)) -> u8;
    async fn free(user: &str) -> Option<String>
    where
        Self: Sized;
}

struct Above(String);
struct Below(String);

#[whose::trace(kind = tool, user = self.0, session_id, output, err)]
#[async_trait]
impl Tools for Above {
    async fn search(&self, query: &str) -> Result<Option<String>, String> {
        tokio::task::yield_now().await;
        if query.is_empty() {
            return Err("nothing to look for".into());
        }
        Ok(user())
    }

    async fn store(&mut self, session_id: String, (a, b): (u8, u8)) -> u8 {
        tokio::task::yield_now().await;
        assert_eq!(whose::current().session_id(), Some(&*session_id));
        self.0.push('!');
        a + b
    }

    async fn free(user: &str) -> Option<String> {
        let _ = user;
        self::user()
    }
}

#[async_trait]
#[whose::with_user(self.0)]
#[whose::with_session(session_id)]
impl Tools for Below {
    async fn search(&self, query: &str) -> Result<Option<String>, String> {
        tokio::task::yield_now().await;
        if query.is_empty() {
            return Err("nothing to look for".into());
        }
        Ok(user())
    }

    async fn store(&mut self, session_id: String, (a, b): (u8, u8)) -> u8 {
        tokio::task::yield_now().await;
        assert_eq!(whose::current().session_id(), Some(&*session_id));
        assert_eq!(user(), Some(self.0.clone()));
        a + b
    }

    #[whose::with_user]
    async fn free(user: &str) -> Option<String> {
        let _ = user;
        self::user()
    }
}

trait Plain {
    async fn run(&self) -> Option<String>;
}

#[whose::with_user(self.0)]
impl Plain for Above {
    async fn run(&self) -> Option<String> {
        tokio::task::yield_now().await;
        user()
    }
}

fn is_send<T: Send>(value: T) -> T {
    value
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let rec = Recorder::start();
    let mut above = Above("alice".into());
    assert_eq!(is_send(above.search("x")).await, Ok(Some("alice".into())));
    assert!(above.search("").await.is_err());
    assert_eq!(above.store("s-1".into(), (1, 2)).await, 3);
    assert_eq!(Above::free("bob").await, None);
    assert_eq!(above.run().await.as_deref(), Some("alice!"));

    let spans = rec.spans();
    let names: Vec<&str> = spans.iter().map(|span| span.name()).collect();
    assert_eq!(names, ["search", "search", "store", "free"]);
    assert!(spans.iter().all(|span| span.kind().unwrap() == "tool"));
    assert_eq!(spans[0].user_id(), Some("alice"));
    assert_eq!(spans[2].session_id(), Some("s-1"));
    assert_eq!((spans[2].field("output").unwrap(), spans[3].user_id()), (&"3".into(), None));
    assert_eq!(rec.errors()[0].message(), Some("nothing to look for"));

    let mut below = Below("carol".into());
    assert_eq!(is_send(below.search("x")).await, Ok(Some("carol".into())));
    assert!(below.search("").await.is_err());
    assert_eq!(below.store("s-2".into(), (1, 2)).await, 3);
    assert_eq!(Below::free("dave").await.as_deref(), Some("dave"));
}
