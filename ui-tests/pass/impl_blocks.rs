//! An attribute on an `impl` block applies to the methods whose arguments it matches.
use std::sync::Arc;

use whose::{with_session, with_user};

type Who = (Option<String>, Option<String>, Option<String>);

fn who() -> Who {
    let at = whose::current();
    let own = |text: Option<&str>| text.map(String::from);
    (own(at.user_id()), own(at.session_id()), own(at.tag("team")))
}

fn named(user: &str) -> Who {
    (Some(user.into()), None, None)
}

const NOBODY: Who = (None, None, None);

struct Wrapped<const N: usize>([u8; N]);

struct Agent {
    user: String,
    visit: u32,
}

#[with_user(from = self.user)]
impl Agent {
    const LIMIT: usize = { 3 };

    /// Has no receiver, so the attribute does not apply.
    fn new(user: &str) -> (Self, Who) {
        (Self { user: user.into(), visit: 7 }, who())
    }

    fn plan(&self) -> Who {
        who()
    }

    async fn act(&mut self) -> Who {
        tokio::task::yield_now().await;
        self.visit += 1;
        who()
    }

    fn shared(self: Arc<Self>) -> Who {
        who()
    }

    fn consumed(self) -> (String, Who) {
        (self.user, who())
    }

    const fn limit(&self) -> Wrapped<{ Self::LIMIT }> {
        Wrapped([0; Self::LIMIT])
    }

    #[with_user(user_id = "own")]
    fn own(&self) -> Who {
        who()
    }

    #[whose::trace(skip)]
    fn left_out(&self) -> Who {
        who()
    }

    #[with_session(self.visit)]
    fn of_both(&self) -> Who {
        who()
    }

    #[whose::trace(user_id = "inner")]
    fn traced(&self) -> Who {
        who()
    }
}

trait Run {
    type Output;
    fn run(&self, session_id: &str) -> Self::Output;
    fn other(&self) -> Self::Output;
}

#[with_session(session_id, tags(team = "core"))]
impl Run for Agent {
    type Output = Who;

    fn run(&self, session_id: &str) -> Who {
        assert!(!session_id.is_empty());
        who()
    }

    fn other(&self) -> Who {
        who()
    }
}

#[with_user]
impl Agent {
    fn by_argument(user: &str) -> Who {
        let _ = user;
        who()
    }

    fn without(name: &str) -> Who {
        let _ = name;
        who()
    }
}

const TENANT: &str = "tenant";

#[with_user(TENANT)]
impl<const N: usize> Generic<N>
where
    [u8; N]: Default,
{
    fn of_all() -> Who {
        who()
    }
}

struct Generic<const N: usize>;

macro_rules! method {
    ($name:ident) => {
        fn $name(&self) -> Who {
            who()
        }
    };
}

#[whose::trace(kind = tool, user = self.user, session_id, tags(team), identify, output, err, input, skip(secret))]
impl Agent {
    #![allow(clippy::unused_self)]

    fn search(&self, session_id: u8, team: &str) -> Result<Who, String> {
        let _ = (session_id, team);
        Ok(who())
    }

    fn free(secret: &str) -> Who {
        let _ = secret;
        who()
    }

    fn nothing(&self) {}

    method!(by_macro);
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let (mut agent, made) = Agent::new("alice");
    assert_eq!(made, NOBODY);
    assert_eq!(agent.plan(), named("alice"));
    assert_eq!(agent.act().await, named("alice"));
    assert_eq!(agent.visit, 8);
    assert_eq!(agent.limit().0, [0; 3]);
    assert_eq!(agent.own(), named("own"));
    assert_eq!(agent.left_out(), NOBODY);
    assert_eq!(agent.of_both(), (Some("alice".into()), Some("8".into()), None));
    assert_eq!(agent.traced(), named("inner"));
    assert_eq!(agent.run("s"), (None, Some("s".into()), Some("core".into())));
    assert_eq!(agent.other(), NOBODY);
    assert_eq!(Agent::by_argument("bob"), named("bob"));
    assert_eq!(Agent::without("bob"), NOBODY);
    assert_eq!(Generic::<2>::of_all(), named(TENANT));
    let found = (Some("alice".into()), Some("3".into()), Some("x".into()));
    assert_eq!(agent.search(3, "x"), Ok(found));
    assert_eq!(Agent::free("s"), NOBODY);
    agent.nothing();
    assert_eq!(agent.by_macro(), NOBODY);
    assert_eq!(agent.consumed(), ("alice".into(), named("alice")));
    let shared = Arc::new(Agent { user: "carol".into(), visit: 0 });
    assert_eq!(shared.shared(), named("carol"));
}
