//! The spans of traced functions have the expected names, kinds, fields, results and users.
use whose::testing::Recorder;
use whose::Source;

struct Request {
    user: String,
    prompt: String,
}

#[whose::trace(
    user = req.user, session = "s-1", tags(plan = "pro"), kind = agent, name = "answering",
    fields(size = req.prompt.len(), a.b = true), input(req.prompt, ?n), output, err,
)]
async fn answer(req: Request, n: Option<u8>) -> Result<String, String> {
    drop(req);
    tokio::task::yield_now().await;
    inner();
    match n {
        Some(n) => Ok(format!("answer {n}")),
        None => Err("no number".into()),
    }
}

#[whose::trace(kind = tool)]
fn inner() {}

#[whose::trace(user_id, input, output)]
fn at_once(user_id: &str, n: u8) -> u8 {
    let _ = user_id;
    n + 1
}

#[whose::trace(user_id = "u", err(Debug))]
fn fails() -> Result<(), std::num::ParseIntError> {
    "x".parse::<u8>()?;
    Ok(())
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let rec = Recorder::start();
    let req = || Request { user: "alice".into(), prompt: "hi".into() };
    answer(req(), Some(3)).await.unwrap();
    let span = rec.span("answering");
    assert_eq!((span.user_id(), span.session_id(), span.tag("plan")), (Some("alice"), Some("s-1"), Some("pro")));
    assert_eq!(span.user_source(), Some(Source::Explicit));
    assert_eq!(span.kind().unwrap(), "agent");
    assert_eq!(span.field("size").unwrap().as_u64(), Some(2));
    assert_eq!(span.field("a.b").unwrap().as_bool(), Some(true));
    assert_eq!(span.field("input.n").unwrap(), &"Some(3)");

    let inner = rec.span("inner");
    assert_eq!((inner.user_id(), inner.user_source()), (Some("alice"), Some(Source::Scope)));
    assert_eq!(inner.kind().unwrap(), "tool");
    assert_eq!(inner.parent_id(), Some(span.span_id().unwrap()));

    assert_eq!(at_once("bob", 1), 2);
    let span = rec.span("at_once");
    assert_eq!((span.user_id(), span.user_source()), (Some("bob"), Some(Source::Explicit)));
    assert_eq!(span.field("input.n").unwrap(), &"1");
    assert_eq!(span.field("output").unwrap(), &"2");

    fails().unwrap_err();
    answer(req(), None).await.unwrap_err();
    let errors = rec.errors();
    let of: Vec<_> = errors.iter().map(|error| (error.user_id(), error.message())).collect();
    assert_eq!(of[0].0, Some("u"));
    assert!(of[0].1.unwrap().contains("InvalidDigit"), "{of:?}");
    assert_eq!(of[1], (Some("alice"), Some("no number")));
    assert_eq!(rec.spans().len(), 6);
}
