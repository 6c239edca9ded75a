//! `guard!` covers the rest of the block.
use whose::{guard, User};

fn user() -> Option<String> {
    whose::current().user_id().map(String::from)
}

fn main() {
    {
        guard!(user = "alice", session = "s-1", tags(plan = "pro"));
        assert_eq!(user().as_deref(), Some("alice"));
        // A second guard in the same block does not end the first.
        guard!(tags(plan = "max"));
        assert_eq!(user().as_deref(), Some("alice"));
        assert_eq!(whose::current().tag("plan"), Some("max"));
        assert_eq!(whose::current().session_id(), Some("s-1"));
        {
            whose::guard!(anonymous);
            assert!(whose::current().is_anonymous());
        }
        assert_eq!(user().as_deref(), Some("alice"));
    }
    assert_eq!(user(), None);

    let user_id = 7;
    let account = User::new("bob");
    guard!(user_id);
    assert_eq!(user().as_deref(), Some("7"));
    guard!(isolated, from = account, email = "b@example.com", identify,);
    assert_eq!(user().as_deref(), Some("bob"));
    assert_eq!(account.id(), Some("bob"));
}
