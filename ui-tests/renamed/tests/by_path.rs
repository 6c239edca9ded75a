//! `crate = path` is enough for every macro to find `whose`.

use attribution::testing::Recorder;
use attribution::{Scope, ScopeExt, current, guard, with_session, with_user};
use whose_renamed::{Account, Id, deps};

fn account() -> Account {
    let plan = "pro".to_owned();
    Account { id: Id(7), plan }
}

#[with_user(crate = attribution)]
fn by_name(user: &Account) -> Option<String> {
    assert_eq!(user.plan, "pro");
    let at = current();
    assert_eq!(at.user()?.attr("plan")?.as_u64(), Some(3));
    at.user_id().map(String::from)
}

#[with_session(%id.0, crate = ::attribution, anonymous)]
fn nobody(id: &Id) -> (bool, Option<String>) {
    let at = current();
    assert_eq!(id.0, 3);
    (at.user_id().is_none(), at.session_id().map(String::from))
}

#[attribution::trace(
    crate = deps::whose, user = account, email = "a@example.com", session = account.id, tags(a = %1),
    parent = None, follows_from = cause, input(account.plan), fields(b = ?account.id), agent = "a",
    level = "debug", output, err, supplement, identify
)]
async fn traced(account: &Account, cause: &tracing::Span) -> Result<u32, String> {
    tokio::task::yield_now().await;
    assert!(cause.is_none());
    account
        .id
        .0
        .checked_sub(7)
        .ok_or_else(|| "too small".to_owned())
}

struct Agent(Account);

#[attribution::trace(crate = attribution, kind = tool, user = self.0, err)]
impl Agent {
    fn at_once(&self) -> Result<(), String> {
        Err(current().user_id().unwrap_or_default().to_owned())
    }

    #[with_user(crate = attribution, user_id = "later")]
    fn later(&self) -> impl Future<Output = Option<String>> + use<> {
        async { current().user_id().map(String::from) }
    }
}

#[tokio::test]
async fn every_macro_finds_renamed_crate() {
    let rec = Recorder::start();
    assert_eq!(by_name(&account()).as_deref(), Some("7"));
    assert_eq!(nobody(&Id(3)), (true, Some("3".to_owned())));
    let asked = async { traced(&account(), &tracing::Span::none()).await };
    assert_eq!(asked.with_scope(Scope::isolated()).await, Ok(0));
    let agent = Agent(account());
    assert_eq!(agent.at_once(), Err("7".to_owned()));
    assert_eq!(agent.later().await.as_deref(), Some("later"));
    {
        guard!(crate = attribution, user = account(), tags(a = "b"));
        assert_eq!(current().user_id(), Some("7"));
    }
    let span = rec.span("traced");
    assert_eq!((span.user_id(), span.session_id()), (Some("7"), Some("7")));
    assert_eq!(rec.errors()[0].user_id(), Some("7"));
}
