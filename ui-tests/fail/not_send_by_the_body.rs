// A body that makes the future not `Send` is reported at the body.
fn assert_send<T: Send>(_: T) {}

#[whose::trace(user_id = "u")]
async fn held() {
    let rc = std::rc::Rc::new(());
    std::future::ready(()).await;
    drop(rc);
}

fn main() {
    assert_send(held());
}
