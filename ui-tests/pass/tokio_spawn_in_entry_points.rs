//! A task of an annotated `#[tokio::main]` starts without a user, in both attribute orders.
use whose::with_user;

fn user() -> Option<String> {
    whose::current().user_id().map(String::from)
}

#[with_user("alice")]
#[tokio::main(flavor = "current_thread")]
async fn runtime_last() -> [Option<String>; 2] {
    [user(), tokio::spawn(async { user() }).await.unwrap()]
}

#[tokio::main(flavor = "current_thread")]
#[with_user("alice")]
async fn runtime_first() -> [Option<String>; 2] {
    [user(), tokio::spawn(async { user() }).await.unwrap()]
}

fn main() {
    let alice = Some("alice".to_owned());
    assert_eq!(runtime_last(), [alice.clone(), None]);
    assert_eq!(runtime_first(), [alice, None]);
}
