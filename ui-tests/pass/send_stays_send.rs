//! A `Send` future stays `Send`.
use whose::with_user;

fn assert_send<T: Send>(value: T) -> T {
    value
}

#[whose::trace(user_id, tags(a = %user_id), identify)]
async fn plain(user_id: String) -> usize {
    tokio::task::yield_now().await;
    user_id.len()
}

#[whose::trace(user_id, fields(n = user_id.len()), input, output)]
async fn with_fields(user_id: String) -> usize {
    tokio::task::yield_now().await;
    user_id.len()
}

// The values of the expression are not held across an await.
#[with_user(from = &*std::rc::Rc::new(name.to_owned()))]
async fn not_send_expression(name: &str) -> usize {
    tokio::task::yield_now().await;
    name.len()
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    assert_eq!(assert_send(plain("ab".into())).await, 2);
    assert_eq!(assert_send(with_fields("ab".into())).await, 2);
    assert_eq!(assert_send(not_send_expression("ab")).await, 2);
    assert_eq!(tokio::spawn(plain("abc".into())).await.unwrap(), 3);
}
