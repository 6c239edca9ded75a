//! All identity keys at once, by value and by `Display`.
use std::net::{IpAddr, Ipv4Addr};
use whose::with_user;

struct Account {
    id: u64,
    email: Option<String>,
    plan: &'static str,
    address: IpAddr,
}

#[with_user(
    id = u.id,
    email = u.email,
    username = "al",
    full_name = format!("{} {}", "Al", "Ice"),
    ip_address = u.address,
    segment = %u.plan,
    attrs(plan = u.plan, seats = 3_u32, ratio = 0.5, "org.beta" = true, "org.id" = %u.id),
    session = format_args!("s-{}", u.id).to_string(),
    tags(plan = u.plan, "a.b:c-d" = %u.id, region.eu = true),
    isolated,
)]
fn work(u: &Account) {
    let at = whose::current();
    let user = at.user().expect("a user");
    assert_eq!(user.id(), Some("42"));
    assert_eq!(user.email(), Some("a@example.com"));
    assert_eq!(user.username(), Some("al"));
    assert_eq!(user.full_name(), Some("Al Ice"));
    assert_eq!(user.ip_address(), Some("127.0.0.1"));
    assert_eq!(user.segment(), Some(u.plan));
    assert_eq!(user.attr("plan").unwrap(), &"pro");
    assert_eq!(user.attr("seats").unwrap().as_u64(), Some(3));
    assert_eq!(user.attr("ratio").unwrap().as_f64(), Some(0.5));
    assert_eq!(user.attr("org.beta").unwrap().as_bool(), Some(true));
    assert_eq!(user.attr("org.id").unwrap(), &"42");
    assert_eq!(at.session_id(), Some("s-42"));
    let tags: Vec<(&str, &str)> = at.tags().collect();
    assert_eq!(tags, [("a.b:c-d", "42"), ("plan", "pro"), ("region.eu", "true")]);
    whose::set_tag("inner", "yes");
    assert_eq!(whose::current().tag("inner"), Some("yes"));
}

fn main() {
    let address = IpAddr::V4(Ipv4Addr::LOCALHOST);
    let email = Some("a@example.com".to_owned());
    work(&Account { id: 42, email, plan: "pro", address });
    assert_eq!(whose::current().tag("inner"), None);
}
