//! `#[derive(AsUser)]` takes the id and the marked fields, and no other field.
use std::sync::Arc;
use whose::{AsId, AsUser, User};

#[derive(AsUser)]
struct ByName {
    user_id: u64,
    email: String,
}

#[derive(AsUser)]
#[allow(dead_code)]
struct Account<'a, T> {
    id: u64,
    #[whose(id, attr = "org.id")]
    number: T,
    #[whose(email)]
    mail: Option<String>,
    #[whose(username)]
    name: &'a str,
    #[whose(full_name)]
    full: Arc<str>,
    #[whose(ip_address)]
    ip: std::net::IpAddr,
    #[whose(segment)]
    plan: Option<&'a str>,
    #[whose(attr)]
    seats: u32,
    #[whose(skip)]
    user_id: u64,
    password_hash: String,
}

#[derive(AsUser)]
struct Tuple(u8, #[whose(id)] String, #[whose(attr = "beta")] bool);

#[derive(AsUser)]
struct Current<T>(Arc<T>);

#[derive(AsUser)]
struct Maybe {
    id: Option<String>,
}

#[derive(AsId, Clone, Copy)]
struct AccountId(u64);

#[derive(AsId)]
struct Generic<T: Clone> {
    inner: Option<T>,
}

fn main() {
    let by_name = ByName { user_id: 7, email: "a@example.com".into() };
    let user = by_name.as_user().unwrap();
    assert_eq!((user.id(), user.email()), (Some("7"), None));
    assert!(!by_name.email.is_empty());

    let account = Account {
        id: 1,
        number: AccountText("acc-1"),
        mail: Some("a@example.com".into()),
        name: "al",
        full: "Al Ice".into(),
        ip: [127, 0, 0, 1].into(),
        plan: None,
        seats: 3,
        user_id: 2,
        password_hash: "secret".into(),
    };
    let user = account.as_user().unwrap();
    assert_eq!(user.id(), Some("acc-1"));
    assert_eq!(user.attr("org.id").unwrap(), &"acc-1");
    assert_eq!((user.email(), user.username()), (Some("a@example.com"), Some("al")));
    assert_eq!((user.full_name(), user.ip_address()), (Some("Al Ice"), Some("127.0.0.1")));
    assert_eq!(user.segment(), None);
    assert_eq!(user.attrs().count(), 2);

    assert_eq!(Tuple(1, "t".into(), true).as_user().unwrap().id(), Some("t"));
    assert_eq!(Current(Arc::new(by_name)).as_user().unwrap().id(), Some("7"));
    assert_eq!(Maybe { id: None }.as_user(), None::<User>);
    assert_eq!(AccountId(7).as_id().as_deref(), Some("7"));
    assert_eq!(AccountId(7).as_user().unwrap().id(), Some("7"));
    assert_eq!(Generic { inner: Some(3_u8) }.as_user().unwrap().id(), Some("3"));
    assert!(Generic::<u8> { inner: None }.as_user().is_none());
    whose::user(AccountId(9)).in_scope(|| assert_eq!(whose::current().user_id(), Some("9")));
}

struct AccountText(&'static str);

impl AsId for AccountText {
    fn as_id(&self) -> Option<std::borrow::Cow<'_, str>> {
        self.0.as_id()
    }
}

impl whose::AsValue for AccountText {
    fn as_value(&self) -> Option<whose::Value> {
        self.0.as_value()
    }
}
