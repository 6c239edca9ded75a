use std::future::Future;
use std::pin::Pin;
use whose::with_user;

type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

async fn other() {}

#[with_user("u")]
fn unboxed() -> impl Future<Output = ()> {
    other()
}

#[whose::trace(user_id = "u")]
fn boxed(early: bool) -> BoxFuture<'static, ()> {
    Box::pin(other())
}

#[with_user("u")]
fn early(early: bool) -> BoxFuture<'static, ()> {
    if early {
        return Box::pin(async {});
    }
    Box::pin(async move { other().await })
}

#[with_user("u")]
fn ready() -> Pin<Box<dyn Future<Output = ()>>> {
    Box::pin(std::future::ready(()))
}

fn main() {}
