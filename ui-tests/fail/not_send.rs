use whose::guard;

fn assert_send<T: Send>(_: T) {}

async fn held() {
    guard!(user = "u");
    std::future::ready(()).await;
}

fn main() {
    assert_send(held());
}
