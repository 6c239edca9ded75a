//! Associated types, generic associated types and constants in signatures and expressions.
use std::collections::BTreeMap;
use std::fmt::Display;
use std::future::Future;
use whose::{AsUser, with_user};

fn user() -> Option<String> {
    whose::current().user_id().map(String::from)
}

trait Store {
    type Key: Display + Clone;
    type Value<'a>
    where
        Self: 'a;
    type Owner: AsUser;
    const SESSION: u64;

    fn owner(&self) -> Self::Owner;
    fn find<'a>(&'a self, key: &Self::Key) -> Option<Self::Value<'a>>;
    fn keys(&self) -> impl Iterator<Item = Self::Key>;
    async fn find_later(&self, key: Self::Key) -> Option<Self::Value<'_>>;
    fn size(&self) -> impl Future<Output = usize> + Send;
}

struct Texts(BTreeMap<u8, String>);

impl Store for Texts {
    type Key = u8;
    type Value<'a> = &'a str;
    type Owner = Option<&'static str>;
    const SESSION: u64 = 7;

    fn owner(&self) -> Self::Owner {
        Some("alice")
    }

    #[whose::trace(user = self.owner(), session = Self::SESSION, input)]
    fn find<'a>(&'a self, key: &Self::Key) -> Option<Self::Value<'a>> {
        assert_eq!(user().as_deref(), Some("alice"));
        assert_eq!(whose::current().session_id(), Some("7"));
        self.0.get(key).map(String::as_str)
    }

    #[with_user(<Self as Store>::owner(self))]
    fn keys(&self) -> impl Iterator<Item = Self::Key> {
        assert_eq!(user().as_deref(), Some("alice"));
        self.0.keys().copied()
    }

    #[whose::trace(user = self.owner(), tags(key = %key), output)]
    async fn find_later(&self, key: Self::Key) -> Option<Self::Value<'_>> {
        tokio::task::yield_now().await;
        assert_eq!(whose::current().tag("key"), Some("1"));
        assert_eq!(user().as_deref(), Some("alice"));
        Some(self.0.get(&key)?)
    }

    // Rust allows `async` here although the trait declares a returned future.
    #[whose::trace(user = self.owner())]
    async fn size(&self) -> usize {
        tokio::task::yield_now().await;
        assert_eq!(user().as_deref(), Some("alice"));
        self.0.len()
    }
}

#[with_user(from = store.owner(), session = S::SESSION)]
async fn generic<S: Store>(store: &S, key: <S as Store>::Key) -> Result<S::Value<'_>, S::Key> {
    tokio::task::yield_now().await;
    assert_eq!(user().as_deref(), Some("alice"));
    store.find(&key).ok_or(key)
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let texts = Texts(BTreeMap::from([(1, "one".to_owned())]));
    assert_eq!((texts.find(&1), texts.find(&2)), (Some("one"), None));
    assert_eq!(texts.keys().collect::<Vec<_>>(), [1]);
    assert_eq!(texts.find_later(1).await, Some("one"));
    assert_eq!(texts.size().await, 1);
    assert_eq!((generic(&texts, 1).await, generic(&texts, 2).await), (Ok("one"), Err(2)));
    assert_eq!(user(), None);
}
