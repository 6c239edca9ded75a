//! Expressions of every kind set the user, by reference and before the body.
use std::collections::HashMap;
use std::fmt::Display;
use std::net::IpAddr;
use std::rc::Rc;
use whose::{User, with_session, with_user};

type At = (Option<String>, Option<String>);

fn at() -> At {
    let at = whose::current();
    (at.user_id().map(String::from), at.session_id().map(String::from))
}

struct Request {
    user: Option<Account>,
    headers: HashMap<&'static str, Vec<String>>,
    pair: (u8, [u8; 2]),
}

#[derive(Clone)]
struct Account {
    id: u64,
    admin: bool,
}

impl Account {
    const SYSTEM: u64 = 1;

    fn id(&self) -> u64 {
        self.id
    }

    #[with_user(
        user_id = if self.admin { Self::SYSTEM } else { self.id() },
        session = Self::SYSTEM,
    )]
    fn conditional(&self) -> At {
        at()
    }

    #[whose::trace(user_id = match self {
        Self { admin: true, .. } => "admin",
        _ if self.id > 5 => "many",
        _ => "few",
    })]
    async fn matched(&self) -> At {
        tokio::task::yield_now().await;
        at()
    }
}

#[with_user(req.user.as_ref().map(|user| user.id), session = req.headers["visit"][0])]
fn chained(req: &Request) -> At {
    at()
}

#[whose::trace(
    user_id = req.pair.1[req.pair.0 as usize],
    session = req.headers.get("visit").and_then(|all| all.first()).map_or("none", String::as_str),
)]
async fn indexed(req: &Request) -> At {
    tokio::task::yield_now().await;
    at()
}

#[with_user(
    user_id = { let mut n = *n; while n > 9 { n /= 10; } n },
    session = 'found: { if *n == 0 { break 'found 7 } *n },
)]
fn blocks(n: &u64) -> At {
    at()
}

#[with_user(user_id = format!("{prefix}-{n:02}"), session = concat!("a", "b"))]
async fn macros(prefix: &str, n: u8) -> At {
    tokio::task::yield_now().await;
    let _ = (prefix, n);
    at()
}

#[whose::trace(
    user_id = Iterator::max(list.iter()),
    session = list.iter().map(|n| u32::from(*n)).sum::<u32>(),
)]
fn paths_and_turbofish(list: &[u8]) -> At {
    at()
}

#[with_session(-1_i64 * i64::from(n) + 2, user = (|| User::new(n).with_segment("x"))())]
fn operators_and_closures(n: i32) -> At {
    assert_eq!(whose::current().user().and_then(User::segment), Some("x"));
    at()
}

#[with_user(%**shown, session = &&&*text)]
fn references(shown: &Rc<IpAddr>, text: String) -> At {
    let _ = (shown, text);
    at()
}

#[whose::trace(
    user_id = *number as u64,
    session = <str as ToString>::to_string(if let Some(x) = maybe { x } else { "-" }),
)]
async fn casts_and_lets(number: &f32, maybe: Option<&str>) -> At {
    tokio::task::yield_now().await;
    at()
}

#[with_user(
    from = Account2 { id: n, ..Account2::default() },
    tags(%n, b = [1, 2][1], c = (n, 'x').1, d = b'a', e = !false),
)]
fn literals(n: u8) -> At {
    let tags: String =
        whose::current().tags().map(|(key, value)| format!("{key}{value} ")).collect();
    assert_eq!(tags, "b2 cx d97 etrue n7 ");
    at()
}

#[derive(Default, whose::AsUser)]
struct Account2 {
    id: u8,
    #[whose(skip)]
    _rest: u8,
}

// The keys of the attribute are plain names here.
#[whose::trace(user_id = user.user_id, session = output.input, fields(kind, level = kind.len()))]
fn like_keys(user: Named, output: Input, kind: &str) -> At {
    let _ = (user, output, kind);
    at()
}

struct Named {
    user_id: u8,
}

struct Input {
    input: &'static str,
}

#[with_user(%shown)]
async fn shown(shown: impl Display) -> At {
    tokio::task::yield_now().await;
    drop(shown);
    at()
}

fn of(user: &str, session: &str) -> At {
    let said = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
    (said(user), said(session))
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let (few, admin) = (Account { id: 3, admin: false }, Account { id: 3, admin: true });
    assert_eq!((few.conditional(), admin.conditional()), (of("3", "1"), of("1", "1")));
    assert_eq!((few.matched().await, admin.matched().await), (of("few", ""), of("admin", "")));
    let headers = HashMap::from([("visit", vec!["v".to_owned()])]);
    let mut req = Request { user: Some(few), headers, pair: (1, [8, 9]) };
    assert_eq!((chained(&req), indexed(&req).await), (of("3", "v"), of("9", "v")));
    req.user = None;
    assert_eq!(chained(&req), of("", "v"));
    req.headers.clear();
    assert_eq!(indexed(&req).await, of("9", "none"));
    assert_eq!((blocks(&1234), blocks(&0)), (of("1", "1234"), of("0", "7")));
    assert_eq!(macros("a", 7).await, of("a-07", "ab"));
    assert_eq!(
        (paths_and_turbofish(&[1, 3, 2]), paths_and_turbofish(&[])),
        (of("3", "6"), of("", "0"))
    );
    assert_eq!(operators_and_closures(5), of("5", "-3"));
    assert_eq!(references(&Rc::new([127, 0, 0, 1].into()), "t".into()), of("127.0.0.1", "t"));
    assert_eq!(casts_and_lets(&7.5, None).await, of("7", "-"));
    assert_eq!(literals(7), of("7", ""));
    assert_eq!(like_keys(Named { user_id: 4 }, Input { input: "i" }, "kind"), of("4", "i"));
    assert_eq!((shown(1.5).await, at()), (of("1.5", ""), of("", "")));
}
