use whose::guard;

fn main() {
    let user = "alice";
    guard!(usr = user);
    guard!(user, kind = agent);
    guard!("alice");
    guard!(user = user, user_id = 1, session = "");
}
