//! `err` accepts a type that implements `Error` only for a `'static` parameter.
use std::error::Error;
use std::fmt::{self, Debug, Display};

#[derive(Debug)]
struct Refused<T>(T);

impl<T: Debug> Display for Refused<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "refused {:?}", self.0)
    }
}

impl<T: Debug + 'static> Error for Refused<T> {}

#[whose::trace(user_id = "alice", err)]
fn at_once<T: Debug>(value: T) -> Result<(), Refused<T>> {
    Err(Refused(value))
}

#[whose::trace(user_id = "alice", err, output)]
async fn later<T>(value: T) -> Result<(), Refused<Vec<T>>>
where
    T: Debug,
{
    Err(Refused(vec![value]))
}

#[whose::trace(user_id = "alice", err)]
fn for_ever<T: Debug + 'static>(value: T) -> Result<(), Refused<T>> {
    Err(Refused(value))
}

struct Sender<T>(std::marker::PhantomData<T>);

impl<T: Debug> Sender<T> {
    #[whose::trace(user_id = "alice", err)]
    fn send(&self, value: T) -> Result<(), Refused<T>> {
        Err(Refused(value))
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let recorder = whose::testing::Recorder::start();
    let text = String::from("it");
    assert!(at_once(text.as_str()).is_err());
    assert!(later(text.as_str()).await.is_err());
    assert!(for_ever(5).is_err());
    assert!(Sender(std::marker::PhantomData).send(text.as_str()).is_err());
    let errors = recorder.errors();
    let messages: Vec<_> = errors.iter().map(|error| error.message()).collect();
    assert_eq!(
        messages,
        [
            Some("refused \"it\""),
            Some("refused [\"it\"]"),
            Some("refused 5"),
            Some("refused \"it\"")
        ]
    );
    assert!(errors.iter().all(|error| error.user_id() == Some("alice")));
}
