//! `?` keeps every error conversion, in bodies of every kind.
use std::error::Error;
use std::fmt;
use std::num::{ParseFloatError, ParseIntError};
use std::ops::ControlFlow;
use whose::with_user;

fn user() -> Option<String> {
    whose::current().user_id().map(String::from)
}

/// An error that keeps the user of its conversion.
#[derive(Debug)]
enum Failed {
    Int(ParseIntError, Option<String>),
    Float(ParseFloatError),
    Boxed(Box<dyn Error + Send + Sync>),
}

impl fmt::Display for Failed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Int(error, user) => write!(f, "{error} for {user:?}"),
            Self::Float(error) => write!(f, "{error}"),
            Self::Boxed(error) => write!(f, "boxed: {error}"),
        }
    }
}

impl Error for Failed {}

impl From<ParseIntError> for Failed {
    fn from(error: ParseIntError) -> Self {
        Self::Int(error, user())
    }
}

impl From<ParseFloatError> for Failed {
    fn from(error: ParseFloatError) -> Self {
        Self::Float(error)
    }
}

impl From<Box<dyn Error + Send + Sync>> for Failed {
    fn from(error: Box<dyn Error + Send + Sync>) -> Self {
        Self::Boxed(error)
    }
}

#[with_user("alice")]
fn at_once(int: &str, float: &str) -> Result<f64, Failed> {
    let int: u8 = int.parse()?;
    Ok(f64::from(int) + float.parse::<f64>()?)
}

#[whose::trace(user_id = "alice", err, output)]
fn reported(int: &str, float: &str) -> Result<f64, Failed> {
    Ok(f64::from(int.parse::<u8>()?) + float.parse::<f64>()?)
}

#[whose::trace(user_id = "alice", err)]
async fn later(int: &str, float: &str) -> Result<f64, Failed> {
    tokio::task::yield_now().await;
    let sum = async {
        tokio::task::yield_now().await;
        Ok::<_, Failed>(f64::from(int.parse::<u8>()?) + boxed(float)?)
    };
    Ok(sum.await?)
}

#[with_user("alice")]
fn boxed(text: &str) -> Result<f64, Box<dyn Error + Send + Sync>> {
    if text.is_empty() {
        return Err("empty".into());
    }
    if text == "-" {
        Err(format!("nothing for {:?}", user()))?;
    }
    Ok(text.parse::<f64>()?)
}

#[whose::trace(user_id = "alice", err)]
async fn boxed_later(text: &str) -> Result<(), Box<dyn Error>> {
    tokio::task::yield_now().await;
    assert_eq!(user().as_deref(), Some("alice"));
    // A boxed error coerces to another box, and `?` converts a concrete type.
    if let Err(error) = boxed(text) {
        return Err(error);
    }
    at_once(text, "1")?;
    Ok(())
}

#[whose::trace(user_id = "alice", output)]
async fn options(list: &[Option<u8>]) -> Option<u8> {
    tokio::task::yield_now().await;
    assert_eq!(user().as_deref(), Some("alice"));
    let first = (*list.first()?)?;
    Some(first.checked_add(list.get(1).copied()??)?)
}

#[with_user("alice")]
fn control_flow(list: &[u8]) -> ControlFlow<Option<String>, usize> {
    list.iter().try_for_each(|n| {
        if *n == 0 { ControlFlow::Break(user()) } else { ControlFlow::Continue(()) }
    })?;
    ControlFlow::Continue(list.len())
}

type Outcome<T, E = Failed> = Result<T, E>;

#[whose::trace(user_id = "alice", err(Debug))]
async fn aliased(text: &str) -> Outcome<Vec<u8>> {
    tokio::task::yield_now().await;
    let all = text.split(' ').map(str::parse::<u8>).collect::<Outcome<Vec<_>, _>>()?;
    if all.is_empty() { Ok(Default::default()) } else { Ok(all) }
}

// The body ends in `?`, so only the signature determines the type.
#[whose::trace(user_id = "alice")]
async fn only_the_signature(text: &str) -> Result<u8, Failed> {
    Ok(text.parse()?)
}

fn shown<T: fmt::Debug, E: fmt::Display>(result: Result<T, E>) -> String {
    result.unwrap_err().to_string()
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    const INT: &str = r#"invalid digit found in string for Some("alice")"#;
    const FLOAT: &str = "invalid float literal";
    assert_eq!((at_once("1", "0.5").unwrap(), reported("1", "0.5").unwrap()), (1.5, 1.5));
    assert_eq!((shown(at_once("x", "1")), shown(at_once("1", "x"))), (INT.into(), FLOAT.into()));
    assert_eq!((shown(reported("x", "1")), shown(reported("1", "x"))), (INT.into(), FLOAT.into()));
    assert_eq!(later("1", "0.5").await.unwrap(), 1.5);
    assert_eq!(shown(later("x", "1").await), INT);
    assert_eq!(shown(later("1", "x").await), format!("boxed: {FLOAT}"));
    assert_eq!(shown(boxed("")), "empty");
    assert_eq!(shown(boxed("-")), r#"nothing for Some("alice")"#);
    boxed_later("1").await.unwrap();
    assert!(boxed_later("x").await.unwrap_err().is::<ParseFloatError>());
    assert!(boxed_later("0.5").await.unwrap_err().is::<Failed>());
    assert_eq!(options(&[Some(1), Some(2)]).await, Some(3));
    assert_eq!((options(&[]).await, options(&[Some(255), Some(1)]).await), (None, None));
    assert_eq!(control_flow(&[1, 2]), ControlFlow::Continue(2));
    assert_eq!(control_flow(&[1, 0]), ControlFlow::Break(Some("alice".into())));
    assert_eq!(aliased("1 2").await.unwrap(), [1, 2]);
    assert_eq!(shown(aliased("1 x").await), INT);
    assert_eq!((only_the_signature("7").await.unwrap(), user()), (7, None));
}
