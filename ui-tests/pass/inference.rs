//! The body infers its types from the return type, as in a plain `async fn`.
use std::convert::Infallible;
use std::fmt::Display;

#[whose::trace(user_id = "u")]
async fn early_closure(early: bool) -> Box<dyn Fn() -> u8 + Send> {
    if early {
        return Box::new(|| 1);
    }
    tokio::task::yield_now().await;
    Box::new(|| 2)
}

#[whose::trace(user_id = "u")]
async fn early_default(early: bool) -> Vec<u8> {
    if early {
        return Default::default();
    }
    "1 2".split(' ').map(|n| n.parse().unwrap()).collect()
}

#[whose::trace(user_id = "u")]
async fn collects(early: bool) -> Result<Vec<u8>, std::num::ParseIntError> {
    if early {
        return Ok("".parse::<u8>().into_iter().collect());
    }
    "1 2".split(' ').map(str::parse).collect()
}

#[whose::trace(user_id = "u")]
async fn unit(early: bool) {
    if early {
        return Default::default();
    }
    tokio::task::yield_now().await;
}

#[whose::trace(user_id = "u")]
async fn references<'a>(a: &'a str, _b: &str, early: bool) -> &'a dyn Display {
    let [ref first] = [a];
    if early {
        return &"early";
    }
    let _ = first;
    Box::leak(Box::new(a.to_owned()))
}

#[whose::trace(user_id = "u")]
async fn never(stop: bool) -> ! {
    if stop {
        std::process::exit(0);
    }
    loop {
        tokio::task::yield_now().await;
    }
}

#[whose::trace(user_id = "u")]
fn never_at_once() -> ! {
    std::process::exit(1)
}

#[whose::trace(user_id = "u", err)]
async fn uninhabited(early: bool) -> Result<u8, Infallible> {
    if early {
        return Ok(1);
    }
    tokio::task::yield_now().await;
    Ok(2)
}

#[whose::trace(user_id = "u")]
async fn only_infallible(wait: bool) -> Infallible {
    while wait {
        tokio::task::yield_now().await;
    }
    panic!("never called")
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    assert_eq!((early_closure(true).await)() + (early_closure(false).await)(), 3);
    assert_eq!(early_default(true).await.len() + early_default(false).await.len(), 2);
    assert_eq!(collects(false).await.unwrap(), [1, 2]);
    unit(true).await;
    assert_eq!(references("a", "b", true).await.to_string(), "early");
    assert_eq!(uninhabited(true).await, Ok(1));
    drop(only_infallible(true));
    if whose::current().user().is_some() {
        never_at_once();
    }
    never(true).await;
}
