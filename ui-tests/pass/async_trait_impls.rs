//! Inside `#[async_trait]` traits and impls: values, references, patterns, `self`, early returns.
use async_trait::async_trait;
use whose::with_user;

fn user() -> Option<String> {
    whose::current().user_id().map(String::from)
}

struct Json<T>(T);

struct Request {
    user: String,
}

#[async_trait]
trait Tools: Send + Sync {
    async fn by_self(&self, early: bool) -> Box<dyn Fn() -> Option<String> + Send>;
    async fn by_mut(&mut self, n: u32) -> &mut u32;
    async fn by_pattern(&self, Json(req): Json<Request>, n: u8) -> Result<String, String>;
    async fn by_argument(user_id: &str, rest: String) -> Option<String>
    where
        Self: Sized;
    async fn nothing(&self);

    #[whose::trace(user_id, output)]
    async fn by_default(&self, user_id: &str) -> Option<String> {
        tokio::task::yield_now().await;
        let _ = user_id;
        user()
    }
}

struct Agent {
    name: String,
    calls: u32,
}

#[async_trait]
impl Tools for Agent {
    #[whose::trace(user = self.name, kind = tool)]
    async fn by_self(&self, early: bool) -> Box<dyn Fn() -> Option<String> + Send> {
        let seen = user();
        if early {
            return Box::new(|| None);
        }
        tokio::task::yield_now().await;
        Box::new(move || seen.clone())
    }

    #[with_user(from = self.name)]
    async fn by_mut(&mut self, n: u32) -> &mut u32 {
        tokio::task::yield_now().await;
        assert_eq!(user().as_ref(), Some(&self.name));
        self.calls += n;
        &mut self.calls
    }

    #[whose::trace(user = req.user, input(n), fields(name = self.name), output, err)]
    async fn by_pattern(&self, Json(req): Json<Request>, n: u8) -> Result<String, String> {
        tokio::task::yield_now().await;
        if n == 0 {
            return Err("zero".into());
        }
        drop(req);
        user().ok_or_else(|| "nobody".into())
    }

    #[whose::trace(user_id, input)]
    async fn by_argument(user_id: &str, rest: String) -> Option<String> {
        tokio::task::yield_now().await;
        drop(rest);
        assert_eq!(whose::current().user_id(), Some(user_id));
        user()
    }

    #[whose::trace(user = "fixed")]
    async fn nothing(&self) {
        assert_eq!(user().as_deref(), Some("fixed"));
    }
}

struct Local(std::rc::Rc<str>);

#[async_trait(?Send)]
trait LocalTool {
    async fn run(self: Box<Self>) -> usize;
}

#[async_trait(?Send)]
impl LocalTool for Local {
    #[with_user(from = self.0)]
    async fn run(self: Box<Self>) -> usize {
        tokio::task::yield_now().await;
        assert_eq!(user().as_deref(), Some(&*self.0));
        self.0.len()
    }
}

fn is_send<T: Send>(value: T) -> T {
    value
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let mut agent = Agent { name: "alice".into(), calls: 0 };
    assert_eq!((agent.by_self(false).await)().as_deref(), Some("alice"));
    assert_eq!((agent.by_self(true).await)(), None);
    *agent.by_mut(2).await += 1;
    let request = || Json(Request { user: "bob".into() });
    assert_eq!(is_send(agent.by_pattern(request(), 1)).await.as_deref(), Ok("bob"));
    assert!(agent.by_pattern(request(), 0).await.is_err());
    assert_eq!(Agent::by_argument("carol", String::new()).await.as_deref(), Some("carol"));
    assert_eq!(agent.by_default("dave").await.as_deref(), Some("dave"));
    agent.nothing().await;
    let erased: Box<dyn LocalTool> = Box::new(Local("erin".into()));
    assert_eq!(erased.run().await, 4);
    assert_eq!(user(), None);
}
