//! Methods with every receiver, and associated functions.
use std::pin::Pin;
use std::sync::Arc;
use whose::with_user;

#[derive(Default)]
struct Agent {
    user: String,
    calls: u32,
}

fn is_alice() {
    assert_eq!(whose::current().user_id(), Some("alice"));
}

impl Agent {
    #[with_user(self.user)]
    fn by_ref(&self) -> &str {
        is_alice();
        &self.user
    }

    #[whose::trace(user = self.user)]
    fn by_mut(&mut self) -> &mut u32 {
        is_alice();
        self.calls += 1;
        &mut self.calls
    }

    #[with_user(from = self.user)]
    fn by_value(self) -> String {
        is_alice();
        self.user
    }

    #[whose::trace(user = self.user)]
    fn by_arc(self: Arc<Self>) -> u32 {
        is_alice();
        self.calls
    }

    #[whose::trace(user = self.user)]
    async fn by_ref_later(&self) -> &str {
        tokio::task::yield_now().await;
        is_alice();
        &self.user
    }

    #[whose::trace(user = self.user, input)]
    async fn by_mut_later(&mut self, more: u32) -> &mut u32 {
        tokio::task::yield_now().await;
        is_alice();
        self.calls += more;
        &mut self.calls
    }

    #[with_user(self.user)]
    async fn by_mut_value_later(mut self) -> u32 {
        tokio::task::yield_now().await;
        is_alice();
        self.calls += 1;
        self.calls
    }

    #[with_user(from = self.user)]
    async fn by_pin_later(self: Pin<&mut Self>) -> u32 {
        tokio::task::yield_now().await;
        is_alice();
        self.calls
    }

    #[whose::trace(user_id)]
    fn associated(user_id: &str) -> Self {
        is_alice();
        Self { user: user_id.into(), calls: 0 }
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let mut agent = Agent::associated("alice");
    assert_eq!(agent.by_ref(), "alice");
    *agent.by_mut() += 1;
    assert_eq!(agent.by_ref_later().await, "alice");
    *agent.by_mut_later(1).await += 1;
    assert_eq!(Pin::new(&mut agent).by_pin_later().await, 4);
    let new = || Agent { user: "alice".into(), calls: 4 };
    assert_eq!(Arc::new(new()).by_arc(), 4);
    assert_eq!(new().by_mut_value_later().await, 5);
    assert_eq!(new().by_value(), "alice");
}
