//! Default methods, sync and async: inherited, overridden, and through a trait object.
use std::fmt::Display;
use whose::{with_session, with_user};

fn user() -> Option<String> {
    whose::current().user_id().map(String::from)
}

trait Named {
    const ROLE: &'static str = "agent";
    fn name(&self) -> String;
}

trait Worker: Named {
    #[with_user(from = self.name(), tags(role = Self::ROLE))]
    fn inherited(&self, n: u32) -> (Option<String>, u32)
    where
        Self: Sized,
    {
        assert_eq!(whose::current().tag("role"), Some(Self::ROLE));
        (user(), n + 1)
    }

    #[whose::trace(user_id = self.name(), input, output)]
    fn through_an_object(&mut self, text: &str) -> String {
        format!("{text} by {:?}", user())
    }

    #[whose::trace(user_id = self.name())]
    async fn later<T: Display + Send>(&self, what: T) -> String
    where
        Self: Sync,
    {
        tokio::task::yield_now().await;
        format!("{what} by {:?}", user())
    }

    #[with_session(session_id)]
    fn associated(session_id: u8) -> Option<String>
    where
        Self: Sized,
    {
        let _ = session_id;
        whose::current().session_id().map(String::from)
    }

    #[whose::trace(user = self.name())]
    fn consumed(self: Box<Self>) -> Option<String> {
        user()
    }

    #[whose::trace(user_id = self.name())]
    async fn consumed_later(self) -> (Option<String>, Self)
    where
        Self: Sized,
    {
        tokio::task::yield_now().await;
        (user(), self)
    }
}

struct Plain;
struct Own;

impl Named for Plain {
    fn name(&self) -> String {
        "plain".into()
    }
}

impl Worker for Plain {}

impl Named for Own {
    const ROLE: &'static str = "owner";

    fn name(&self) -> String {
        "own".into()
    }
}

impl Worker for Own {
    // An override does not inherit the attribute of the default method.
    fn inherited(&self, n: u32) -> (Option<String>, u32) {
        (user(), n)
    }

    #[whose::trace(user_id = text)]
    fn through_an_object(&mut self, text: &str) -> String {
        format!("{text} by {:?}", user())
    }
}

trait Everyone {
    #[with_user(%self)]
    fn greeted(&self) -> Option<String>
    where
        Self: Display,
    {
        user()
    }
}

impl<T: ?Sized> Everyone for T {}

trait Object {
    fn run(&mut self) -> String;
    fn end(self: Box<Self>) -> Option<String>;
}

impl<T: Worker> Object for T {
    fn run(&mut self) -> String {
        self.through_an_object("run")
    }

    fn end(self: Box<Self>) -> Option<String> {
        self.consumed()
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    assert_eq!(Plain.inherited(1), (Some("plain".into()), 2));
    assert_eq!(Own.inherited(1), (None, 1));
    assert_eq!(Plain.through_an_object("a"), r#"a by Some("plain")"#);
    assert_eq!(Own.through_an_object("a"), r#"a by Some("a")"#);
    assert_eq!(Plain.later(7).await, r#"7 by Some("plain")"#);
    assert_eq!(Own::associated(3).as_deref(), Some("3"));
    let (seen, kept) = Own.consumed_later().await;
    assert_eq!((seen.as_deref(), kept.name()), (Some("own"), "own".into()));

    let mut objects: [Box<dyn Object>; 2] = [Box::new(Plain), Box::new(Own)];
    let seen = objects.each_mut().map(|object| object.run());
    assert_eq!(seen, [r#"run by Some("plain")"#, r#"run by Some("run")"#]);
    assert_eq!(objects.map(|object| object.end()), [Some("plain".into()), Some("own".into())]);

    assert_eq!("str".greeted().as_deref(), Some("str"));
    assert_eq!(7.greeted().as_deref(), Some("7"));
    assert_eq!(user(), None);
}
