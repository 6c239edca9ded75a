//! Names in annotated functions from macros resolve where they are written.
use whose::with_user;

fn user() -> Option<String> {
    whose::current().user_id().map(String::from)
}

fn who() -> &'static str {
    "the function of the caller"
}

type Who = fn() -> &'static str;

// The `who` of the caller is the function, even if the macro has an argument `who`.
macro_rules! from_outside {
    ($name:ident, $name_later:ident, $who:expr) => {
        #[with_user(from = $who, session = who())]
        fn $name(who: Who) -> (Option<String>, Option<String>) {
            let session = whose::current().session_id().map(String::from);
            assert_eq!(session.as_deref(), Some(who()));
            (user(), session)
        }

        #[whose::trace(user = $who, session_id = who(), fields(mine = who(), theirs = $who))]
        async fn $name_later(who: Who) -> (Option<String>, Option<String>) {
            tokio::task::yield_now().await;
            (user(), whose::current().session_id().map(String::from).filter(|id| id == who()))
        }
    };
}

from_outside!(of_the_caller, of_the_caller_later, who());

// A bare key takes the argument, with a name from the macro or the caller.
macro_rules! bare_keys {
    ($name:ident, $argument:ident) => {
        #[whose::trace(user_id, session_id, tags(plan), input(plan))]
        async fn $name($argument: &str, session_id: u8, plan: &str) -> (Option<String>, usize) {
            tokio::task::yield_now().await;
            let at = whose::current();
            assert_eq!(at.session_id(), Some(session_id.to_string().as_str()));
            assert_eq!(at.tag("plan"), Some(plan));
            (user(), $argument.len())
        }
    };
}

bare_keys!(named_by_the_caller, user_id);

// A bare key of the caller takes the argument that the macro named.
macro_rules! key_from_outside {
    ($name:ident, $($key:ident),*) => {
        #[with_user($($key),*)]
        fn $name(user_id: u8, email: &str) -> (Option<String>, Option<String>) {
            let _ = (user_id, email);
            (user(), whose::current().user().and_then(whose::User::email).map(String::from))
        }
    };
}

key_from_outside!(keys_of_the_caller, user_id, email);

// Locals and arguments with names like those of the expansion.
macro_rules! like_ours {
    ($name:ident, $guard:ident) => {
        #[whose::trace(user_id = __whose_scope, output)]
        fn $name(__whose_scope: &str, $guard: u8) -> u8 {
            let __whose_span = 1;
            let __whose_output = __whose_span + $guard;
            assert_eq!(user().as_deref(), Some(__whose_scope));
            __whose_output
        }
    };
}

like_ours!(nearly_ours, __whose_guard);

#[whose::trace(
    user_id = __whose_0, session = __whose_prepared, fields(a = __whose_1, b = __whose_0), output, err,
)]
async fn all_of_ours(
    __whose_0: &str,
    __whose_1: u8,
    __whose_prepared: u8,
    __whose_return: Option<u8>,
    __whose_parent: u8,
) -> Result<u8, String> {
    let (__whose_scope, __whose_guard, __whose_span) = (1, 2, 3);
    tokio::task::yield_now().await;
    assert_eq!(user().as_deref(), Some(__whose_0));
    let Some(__whose_output) = __whose_return else { return Err("none".into()) };
    let __whose_error = __whose_scope + __whose_guard + __whose_span;
    Ok(__whose_output + __whose_error + __whose_1 + __whose_prepared + __whose_parent)
}

// An expression of the caller does not see the locals of the macro.
macro_rules! with_local {
    ($name:ident, $out:expr) => {
        #[with_user("alice")]
        fn $name() -> (&'static str, &'static str) {
            let who: Who = || "the local of the macro";
            (who(), $out)
        }
    };
}

with_local!(not_the_local, who());

// `guard!` follows the same rules.
macro_rules! guarded {
    ($who:expr, $run:expr) => {{
        let who: Who = || "the local of the macro";
        whose::guard!(user = $who, session = who());
        assert_eq!(whose::current().session_id(), Some(who()));
        $run
    }};
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let seen = (Some(who().to_owned()), Some("the argument".into()));
    assert_eq!(of_the_caller(|| "the argument"), seen);
    assert_eq!(of_the_caller_later(|| "the argument").await, seen);
    assert_eq!(named_by_the_caller("ab", 3, "pro").await, (Some("ab".into()), 2));
    assert_eq!(
        keys_of_the_caller(7, "a@example.com"),
        (Some("7".into()), Some("a@example.com".into()))
    );
    assert_eq!(nearly_ours("alice", 2), 3);
    assert_eq!(all_of_ours("alice", 1, 2, Some(3), 4).await, Ok(16));
    assert_eq!(all_of_ours("alice", 1, 2, None, 4).await, Err("none".into()));
    assert_eq!(not_the_local(), ("the local of the macro", who()));
    assert_eq!(guarded!(who(), user()), seen.0);
    assert_eq!(user(), None);
}
