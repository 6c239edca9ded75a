//! An alias may hide a boxed future whose output has type parameters without a `'static` bound.
use std::error::Error;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;

type Boxed<T> = Pin<Box<dyn Future<Output = T> + Send>>;

fn user() -> Option<String> {
    whose::current().user_id().map(String::from)
}

trait Service {
    type Response;
    type Future: Future<Output = Self::Response> + Send + 'static;

    fn call(&self) -> Self::Future;
}

trait Make {
    type Out;
    type Future: Future<Output = Self::Out>;

    fn make(&self) -> Self::Future;
}

struct AddOrigin<S>(S);

impl<S: Service> Make for AddOrigin<S> {
    type Out = (S::Response, Option<String>);
    type Future = Boxed<Self::Out>;

    #[whose::with_user("alice")]
    fn make(&self) -> Self::Future {
        assert_eq!(user().as_deref(), Some("alice"));
        let future = self.0.call();
        Box::pin(async move { (future.await, user()) })
    }
}

struct Traced<S>(S);

impl<S: Service> Make for Traced<S> {
    type Out = S::Response;
    type Future = Boxed<Self::Out>;

    #[whose::trace(user_id = "alice")]
    fn make(&self) -> Self::Future {
        let future = self.0.call();
        Box::pin(async { future.await })
    }
}

struct Ready;

impl Service for Ready {
    type Response = Option<String>;
    type Future = std::future::Ready<Option<String>>;

    fn call(&self) -> Self::Future {
        std::future::ready(user())
    }
}

type Outcome<T> = Boxed<Result<T, Box<dyn Error + Send + Sync>>>;

/// Only the alias determines the error type that `?` converts to.
#[whose::trace(user_id = "alice", err, output)]
fn parsed(text: &'static str) -> Outcome<u8> {
    Box::pin(async move {
        if text.is_empty() {
            Err(std::fmt::Error)?;
        }
        assert_eq!(user().as_deref(), Some("alice"));
        Ok(text.parse()?)
    })
}

type Local<T> = Pin<Box<dyn Future<Output = T>>>;

/// The future is `Send`, and its output is not.
type OfRc = Pin<Box<dyn Future<Output = Rc<u8>> + Send>>;

#[whose::with_user("alice")]
fn of_rc(n: u8) -> OfRc {
    Box::pin(async move { Rc::new(n) })
}

struct Checked<S>(S, bool);

impl<S: Service> Make for Checked<S> {
    type Out = Result<S::Response, std::fmt::Error>;
    type Future = Boxed<Self::Out>;

    #[whose::trace(user_id = "alice")]
    fn make(&self) -> Self::Future {
        if !self.1 {
            return Box::pin(async move { Err::<S::Response, _>(std::fmt::Error) });
        }
        let future = self.0.call();
        Box::pin(async move { Ok(future.await) })
    }
}

/// Like [`Checked`], with a visible output and `err`.
#[whose::trace(user_id = "alice", err)]
fn checked<T: Send + 'static>(value: Option<T>) -> Pin<Box<dyn Future<Output = Result<T, String>> + Send>> {
    let Some(value) = value else {
        return Box::pin(async { Err(format!("nothing for {:?}", user())) });
    };
    Box::pin(async move { Ok(value) })
}

/// The scope covers the future of an early return.
#[whose::with_user("alice")]
fn early(is_early: bool) -> Local<Option<String>> {
    if is_early {
        return Box::pin(async { user() });
    }
    Box::pin(async { user() })
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let recorder = whose::testing::Recorder::start();
    let alice = Some("alice".to_owned());
    assert_eq!(AddOrigin(Ready).make().await, (alice.clone(), alice.clone()));
    assert_eq!(Traced(Ready).make().await, alice);
    assert_eq!(parsed("7").await.unwrap(), 7);
    assert!(parsed("").await.is_err() && parsed("x").await.is_err());
    assert_eq!(recorder.errors().len(), 2);
    assert_eq!(*of_rc(5).await, 5);
    assert_eq!(Checked(Ready, true).make().await, Ok(alice.clone()));
    assert!(Checked(Ready, false).make().await.is_err());
    assert_eq!(checked(Some(1)).await, Ok(1));
    assert_eq!(checked(None::<u8>).await.unwrap_err(), "nothing for Some(\"alice\")");
    assert_eq!(recorder.errors().len(), 3);
    assert_eq!(early(true).await, alice);
    assert_eq!(early(false).await, alice);
    let spans = recorder.spans();
    assert_eq!(spans.len(), 8);
    assert!(spans.iter().all(|span| span.user_id() == Some("alice")));
    assert_eq!(user(), None);
}
