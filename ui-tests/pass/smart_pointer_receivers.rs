//! Methods whose receiver is a smart pointer to `Self`: consumed, pinned or shared.
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use whose::{with_session, with_user};

struct Agent {
    user: String,
    calls: u32,
}

fn user() -> Option<String> {
    whose::current().user_id().map(String::from)
}

fn session() -> Option<String> {
    whose::current().session_id().map(String::from)
}

impl Agent {
    #[with_user(self.user)]
    fn pinned(mut self: Pin<&mut Self>) -> u32 {
        assert_eq!(user().as_deref(), Some("alice"));
        self.calls += 1;
        self.calls
    }

    #[whose::trace(user = self.user, input, output)]
    fn pinned_and_lent<'a>(self: Pin<&'a mut Self>, more: u32) -> Pin<&'a mut u32> {
        assert_eq!(user().as_deref(), Some("alice"));
        let calls = &mut self.get_mut().calls;
        *calls += more;
        Pin::new(calls)
    }

    #[whose::trace(user = self.user)]
    async fn pinned_later(mut self: Pin<&mut Self>, more: u32) -> u32 {
        tokio::task::yield_now().await;
        assert_eq!(user().as_deref(), Some("alice"));
        self.as_mut().get_mut().calls += more;
        self.calls
    }

    #[with_user(from = self.user, session = self.calls)]
    fn pinned_box(self: Pin<Box<Self>>) -> (Option<String>, Pin<Box<Self>>) {
        (session(), self)
    }

    #[whose::trace(user = self.user)]
    async fn shared(self: Arc<Self>) -> (Option<String>, usize) {
        tokio::task::yield_now().await;
        (user(), Arc::strong_count(&self))
    }

    #[with_user(self.user)]
    fn shared_by_ref(self: &Arc<Self>) -> (Option<String>, Arc<Self>) {
        (user(), Arc::clone(self))
    }

    #[with_session(self.calls, user = self.user)]
    fn counted(self: Rc<Self>) -> Result<Agent, Rc<Self>> {
        assert_eq!(user().as_deref(), Some("alice"));
        assert_eq!(session().as_deref(), Some("4"));
        Rc::try_unwrap(self)
    }

    #[with_user(self.user)]
    fn unboxed(self: Box<Self>) -> (Option<String>, String) {
        let Self { user: name, .. } = *self;
        (user(), name)
    }

    #[whose::trace(user = self.user, output)]
    async fn unboxed_later(mut self: Box<Self>) -> Box<u32> {
        tokio::task::yield_now().await;
        assert_eq!(user().as_deref(), Some("alice"));
        self.calls += 1;
        Box::new(self.calls)
    }

    #[whose::trace(user = self.user)]
    fn typed(self: &mut Self) -> &mut Self {
        assert_eq!(user().as_deref(), Some("alice"));
        self.calls += 1;
        self
    }
}

fn agent() -> Agent {
    Agent { user: "alice".into(), calls: 4 }
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let mut one = agent();
    assert_eq!(Pin::new(&mut one).pinned(), 5);
    *Pin::new(&mut one).pinned_and_lent(2) += 1;
    assert_eq!(Pin::new(&mut one).pinned_later(2).await, 10);
    let (seen, kept) = Box::pin(agent()).pinned_box();
    assert_eq!((seen.as_deref(), kept.calls), (Some("4"), 4));

    let many = Arc::new(agent());
    let (seen, again) = many.shared_by_ref();
    assert_eq!((seen.as_deref(), Arc::strong_count(&many)), (Some("alice"), 2));
    // The future holds the only remaining receiver.
    drop(many);
    assert_eq!(again.shared().await, (Some("alice".into()), 1));

    let rc = Rc::new(agent());
    let other = Rc::clone(&rc);
    assert!(rc.counted().is_err_and(|rc| Rc::ptr_eq(&rc, &other)));
    assert!(other.counted().is_ok_and(|agent| agent.calls == 4));

    assert_eq!(Box::new(agent()).unboxed(), (Some("alice".into()), "alice".into()));
    assert_eq!(*Box::new(agent()).unboxed_later().await, 5);
    assert_eq!(agent().typed().typed().calls, 6);
    assert_eq!((user(), session()), (None, None));
}
