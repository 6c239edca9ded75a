//! `anonymous`, `isolated`, `identify`, `supplement`.
use whose::{with_session, with_user, Scope, User};

#[with_user(anonymous)]
fn nobody() -> bool {
    whose::current().is_anonymous()
}

#[with_session("job-1", isolated)]
fn job() -> Option<String> {
    whose::set_user("set inside");
    whose::current().user_id().map(String::from)
}

#[with_user("alice", identify)]
async fn identified() {
    tokio::task::yield_now().await;
}

#[with_user(from = user, segment = "beta", supplement)]
fn added(user: User) {
    let at = whose::current();
    assert_eq!(at.user_id(), Some("alice"));
    let seen = at.user().unwrap();
    assert_eq!((seen.email(), seen.segment()), (Some("a@example.com"), Some("beta")));
    assert_eq!(seen.username(), user.username());
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    whose::user("alice").in_scope(|| assert!(nobody()));
    assert_eq!(job().as_deref(), Some("set inside"));
    assert_eq!(whose::current().user_id(), None);

    let scope = Scope::isolated();
    let inside = scope.clone();
    {
        let _outer = scope.enter();
        assert_eq!(whose::current().user_id(), None);
    }
    use whose::ScopeExt;
    async {
        identified().await;
        assert_eq!(whose::current().user_id(), Some("alice"));
    }
    .with_scope(inside)
    .await;

    whose::user(User::new("alice").with_email("a@example.com"))
        .in_scope(|| added(User::without_id().with_username("al")));
}
