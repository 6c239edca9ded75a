//! Annotated tests run, with the attribute above and below `#[test]` and `#[tokio::test]`.

use std::error::Error;
use std::process::Command;

use whose::testing::Recorder;
use whose::{with_session, with_user};

fn user() -> Option<String> {
    whose::current().user_id().map(String::from)
}

fn is(name: &str) {
    assert_eq!(user().as_deref(), Some(name));
}

#[test]
#[with_user("alice")]
fn below_test() {
    is("alice");
}

#[with_user("alice")]
#[test]
fn above_test() {
    is("alice");
}

#[whose::trace(user_id = "alice", err)]
#[test]
fn with_a_result() -> Result<(), Box<dyn Error>> {
    is("alice");
    let n: u8 = "7".parse()?;
    if n == 7 {
        return Ok(());
    }
    Err("not seven".into())
}

#[test]
#[whose::trace(user_id = "alice")]
#[should_panic(expected = "the test of alice")]
fn that_panics() {
    panic!("the test of {}", user().unwrap_or_default());
}

#[with_user("alice")]
#[should_panic(expected = "the later test of alice")]
#[tokio::test]
async fn that_panics_later() {
    tokio::task::yield_now().await;
    panic!("the later test of {}", user().unwrap_or_default());
}

#[tokio::test]
#[whose::trace(user_id = "alice")]
async fn below_tokio_test() {
    is("alice");
    tokio::task::yield_now().await;
    is("alice");
}

#[whose::trace(user_id = "alice")]
#[tokio::test]
async fn above_tokio_test() {
    is("alice");
    tokio::task::yield_now().await;
    is("alice");
}

#[with_user("alice")]
#[with_session("s-1")]
#[tokio::test(flavor = "current_thread")]
async fn with_a_result_later() -> Result<(), Box<dyn Error>> {
    tokio::task::yield_now().await;
    is("alice");
    assert_eq!(whose::current().session_id(), Some("s-1"));
    let Ok(n) = "7".parse::<u8>() else {
        return Err("no number".into());
    };
    assert_eq!(n, 7);
    Ok(())
}

#[tokio::test]
#[whose::trace(user_id = "alice", err, output)]
async fn with_a_result_below() -> Result<(), Box<dyn Error>> {
    tokio::task::yield_now().await;
    is("alice");
    Ok("7".parse::<u8>().map(drop)?)
}

#[with_user("alice")]
#[test]
fn with_a_recorder() {
    let rec = Recorder::start();
    tracing::info_span!("step").in_scope(|| is("alice"));
    assert_eq!(rec.span("step").user_id(), Some("alice"));
}

mod inside {
    use super::{is, with_user};

    #[test]
    #[with_user(from = "bob")]
    #[cfg_attr(all(), cfg(test))]
    fn a_module() {
        is("bob");
    }
}

/// A test that an attribute removes would not fail, so this test compares the list of tests.
#[test]
fn each_function_is_one_test() {
    let own = std::env::current_exe().expect("the test's own program");
    let list = Command::new(own)
        .args(["--list", "--format", "terse"])
        .output();
    let list = String::from_utf8(list.expect("its list of tests").stdout).expect("names");
    let mut names: Vec<&str> = list
        .lines()
        .filter_map(|line| line.strip_suffix(": test"))
        .collect();
    names.sort_unstable();
    let expected = [
        "above_test",
        "above_tokio_test",
        "below_test",
        "below_tokio_test",
        "each_function_is_one_test",
        "inside::a_module",
        "that_panics",
        "that_panics_later",
        "with_a_recorder",
        "with_a_result",
        "with_a_result_below",
        "with_a_result_later",
    ];
    assert_eq!(names, expected);
}
