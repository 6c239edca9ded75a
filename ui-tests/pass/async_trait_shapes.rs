//! Below `#[async_trait]`: generics, lifetimes, defaults, several attributes, and a plain method.
use async_trait::async_trait;
use std::fmt::Display;
use std::sync::Arc;
use whose::testing::Recorder;
use whose::{with_session, with_user};

fn user() -> Option<String> {
    whose::current().user_id().map(String::from)
}

fn session() -> Option<String> {
    whose::current().session_id().map(String::from)
}

#[async_trait]
trait Store<'s, T: Display + Clone + Send + Sync + 'static>: Send + Sync {
    const NAME: &'static str;
    type Error: From<std::num::ParseIntError> + Send;

    fn name(&self) -> String;

    #[with_user(from = self.name())]
    fn plain_method(&self) -> Option<String> {
        user()
    }

    #[whose::trace(user_id = self.name(), input(%item), fields(name = Self::NAME), output)]
    async fn default_method(&self, mut item: T, _: u8, (a, _): (u8, u8)) -> (String, u8)
    where
        Self: Sized,
    {
        tokio::task::yield_now().await;
        let shown = item.to_string();
        item = item.clone();
        (format!("{shown}{item} {:?}", user()), a)
    }

    async fn generic<'a, F, const N: usize>(
        &'a mut self,
        f: F,
        of: &'a [T; N],
    ) -> Result<Vec<&'a T>, Self::Error>
    where
        F: Fn(&T) -> &str + Send + Sync,
        Self: Sized;

    async fn borrowed(&'s self, key: &str) -> Option<&'s str>;

    async fn pinned(self: Arc<Self>, text: String) -> Result<u8, Self::Error>;

    #[must_use]
    async fn documented(&self) -> Option<String>;
}

struct Texts(Vec<String>);

struct Failed(Option<String>);

impl From<std::num::ParseIntError> for Failed {
    fn from(_: std::num::ParseIntError) -> Self {
        Self(user())
    }
}

#[async_trait]
impl<'s> Store<'s, String> for Texts {
    const NAME: &'static str = "texts";
    type Error = Failed;

    #[with_user("inside")]
    fn name(&self) -> String {
        format!("{} of {}", Self::NAME, user().unwrap_or_default())
    }

    #[whose::trace(user_id = of[0], session = N)]
    async fn generic<'a, F, const N: usize>(
        &'a mut self,
        f: F,
        of: &'a [String; N],
    ) -> Result<Vec<&'a String>, Self::Error>
    where
        F: Fn(&String) -> &str + Send + Sync,
        Self: Sized,
    {
        tokio::task::yield_now().await;
        assert_eq!((user().as_ref(), session()), (Some(&of[0]), Some(N.to_string())));
        for one in of {
            let _: u8 = f(one).parse()?;
            self.0.push(one.clone());
        }
        Ok(self.0.iter().skip(1).collect())
    }

    // Two attributes of `whose` and one of `tracing`, below one `#[async_trait]`.
    #[with_user(from = self.0.first())]
    #[tracing::instrument(skip_all, name = "theirs")]
    #[with_session(key)]
    async fn borrowed(&'s self, key: &str) -> Option<&'s str> {
        tokio::task::yield_now().await;
        assert_eq!((user().as_deref(), session().as_deref()), (Some("first"), Some(key)));
        let found = self.0.iter().find(|text| *text == key)?;
        Some(found)
    }

    #[whose::trace(user_id = text, err(Debug))]
    async fn pinned(self: Arc<Self>, text: String) -> Result<u8, Failed> {
        tokio::task::yield_now().await;
        if text.is_empty() {
            return Err(Failed(user()));
        }
        Ok(text.parse::<u8>()?)
    }

    /// Documented.
    #[inline]
    #[cfg_attr(all(), whose::trace(user_id = "documented"))]
    #[cfg(all())]
    async fn documented(&self) -> Option<String> {
        user()
    }
}

impl std::fmt::Debug for Failed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "failed for {:?}", self.0)
    }
}

// An `impl` from a macro.
macro_rules! documented_by {
    ($type:ident, $who:expr) => {
        struct $type;

        #[async_trait(?Send)]
        impl Local for $type {
            #[with_user(from = $who)]
            async fn run(&self, rc: std::rc::Rc<str>) -> (Option<String>, usize) {
                tokio::task::yield_now().await;
                (user(), rc.len())
            }
        }
    };
}

#[async_trait(?Send)]
trait Local {
    async fn run(&self, rc: std::rc::Rc<str>) -> (Option<String>, usize);
}

documented_by!(Written, 1 + 2);

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let rec = Recorder::start();
    let mut texts = Texts(vec!["first".into()]);
    assert_eq!(texts.name(), "texts of inside");
    assert_eq!(texts.plain_method().as_deref(), Some("texts of inside"));
    let seen = texts.default_method("x".into(), 1, (2, 3)).await;
    assert_eq!(seen, (r#"xx Some("texts of inside")"#.into(), 2));
    assert_eq!(rec.span("default_method").field("name").unwrap(), &"texts");
    let numbers = ["1", "2"].map(String::from);
    assert_eq!(texts.generic(|one| one, &numbers).await.ok().unwrap(), ["1", "2"]);
    let failed = texts.generic(|_| "x", &numbers).await.err().unwrap();
    assert_eq!(failed.0.as_deref(), Some("1"));
    assert_eq!(texts.borrowed("2").await, Some("2"));
    assert_eq!(rec.span("theirs").session_id(), Some("2"));
    assert_eq!(texts.documented().await.as_deref(), Some("documented"));
    let texts = Arc::new(texts);
    assert_eq!(Arc::clone(&texts).pinned("7".into()).await.ok(), Some(7));
    assert_eq!(
        tokio::spawn(texts.pinned("x".into())).await.unwrap().unwrap_err().0.as_deref(),
        Some("x")
    );
    assert_eq!(Written.run("abc".into()).await, (Some("3".into()), 3));
    assert_eq!((user(), session()), (None, None));
}
