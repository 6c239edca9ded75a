//! `output` and `err`, with `?`, conversions of errors and early returns.
use std::fmt;
use std::num::ParseIntError;

#[derive(Debug)]
struct Failed(String);

impl fmt::Display for Failed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<ParseIntError> for Failed {
    fn from(error: ParseIntError) -> Self {
        Self(error.to_string())
    }
}

#[whose::trace(user_id = "u", output, err)]
fn parse(text: &str) -> Result<u8, Failed> {
    if text.is_empty() {
        return Err(Failed("empty".into()));
    }
    Ok(text.parse::<u8>()?)
}

#[whose::trace(user_id = "u", output, err(Debug))]
async fn parse_later(text: String) -> Result<u8, Failed> {
    tokio::task::yield_now().await;
    if text.is_empty() {
        return Err(Failed("empty".into()));
    }
    let number: u8 = text.parse()?;
    Ok(number)
}

#[whose::trace(err(Display))]
async fn boxed(text: &str) -> Result<u8, Box<dyn std::error::Error + Send + Sync>> {
    tokio::task::yield_now().await;
    Ok(text.parse()?)
}

type Outcome<T> = std::result::Result<T, Failed>;

#[whose::trace(err)]
fn alias(text: &str) -> Outcome<&str> {
    let Some(first) = text.split(' ').next() else { return Err(Failed("none".into())) };
    Ok(first)
}

struct Counter(u8);

impl Counter {
    #[whose::trace(output)]
    fn lend(&mut self) -> &mut u8 {
        self.0 += 1;
        &mut self.0
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    assert_eq!(parse("7").unwrap(), 7);
    assert!(parse("").is_err() && parse("x").is_err());
    assert_eq!(parse_later("7".into()).await.unwrap(), 7);
    assert!(parse_later(String::new()).await.is_err());
    assert!(boxed("x").await.is_err());
    assert_eq!(alias("a b").unwrap(), "a");
    let mut counter = Counter(1);
    *counter.lend() += 1;
    assert_eq!(counter.0, 3);
}
