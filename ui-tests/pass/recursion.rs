//! Recursive and mutually recursive functions restore the user, sync and as boxed futures.
use std::pin::Pin;
use whose::{with_session, with_user};

fn user() -> Option<String> {
    whose::current().user_id().map(String::from)
}

#[with_user(n)]
fn down(n: u32, seen: &mut Vec<String>) -> u32 {
    seen.extend(user());
    let below = if n == 0 { 0 } else { down(n - 1, seen) };
    // The scope of the caller is current again.
    seen.extend(user());
    below + n
}

#[whose::trace(user_id = n, output)]
fn even(n: u32) -> bool {
    assert_eq!(user(), Some(n.to_string()));
    n == 0 || odd(n - 1)
}

#[with_session(n)]
fn odd(n: u32) -> bool {
    // The attribute sets only the session, so the user is the user of the caller.
    assert_eq!(user(), Some((n + 1).to_string()));
    n != 0 && even(n - 1)
}

#[whose::trace(user_id = n)]
async fn down_later(n: u32) -> u32 {
    tokio::task::yield_now().await;
    assert_eq!(user(), Some(n.to_string()));
    if n == 0 {
        return 0;
    }
    let below = Box::pin(down_later(n - 1)).await;
    assert_eq!(user(), Some(n.to_string()));
    below + n
}

#[with_user(n)]
async fn with_an_argument_lent(n: usize, seen: &mut Vec<String>) {
    seen.extend(user());
    if let Some(n) = n.checked_sub(1) {
        let next: Pin<Box<dyn Future<Output = ()> + '_>> = Box::pin(with_an_argument_lent(n, seen));
        next.await;
    }
    tokio::task::yield_now().await;
    seen.extend(user());
}

#[whose::trace(user_id = n, err)]
fn by_hand(n: u8) -> Pin<Box<dyn Future<Output = Result<u8, String>> + Send>> {
    Box::pin(async move {
        let Some(below) = n.checked_sub(1) else {
            return Err(user().unwrap_or_default());
        };
        by_hand(below).await
    })
}

struct Tree {
    name: &'static str,
    children: Vec<Tree>,
}

impl Tree {
    #[whose::trace(user = self.name)]
    fn names(&self) -> Vec<String> {
        let below = self.children.iter().flat_map(Self::names);
        user().into_iter().chain(below).collect()
    }

    #[whose::trace(user = self.name)]
    async fn names_later(&self) -> Vec<String> {
        let mut names = Vec::from_iter(user());
        for child in &self.children {
            names.extend(Box::pin(child.names_later()).await);
            assert_eq!(user().as_deref(), Some(self.name));
        }
        names
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let mut seen = Vec::new();
    assert_eq!(down(2, &mut seen), 3);
    assert_eq!(seen, ["2", "1", "0", "0", "1", "2"]);
    assert!(even(6) && !even(7));
    assert_eq!(down_later(20).await, 210);
    seen.clear();
    with_an_argument_lent(2, &mut seen).await;
    assert_eq!(seen, ["2", "1", "0", "0", "1", "2"]);
    assert_eq!(by_hand(3).await, Err("0".into()));
    let leaf = |name| Tree { name, children: Vec::new() };
    let tree = Tree { name: "a", children: vec![leaf("b"), leaf("c")] };
    assert_eq!(tree.names(), ["a", "b", "c"]);
    assert_eq!(tree.names_later().await, ["a", "b", "c"]);
    assert_eq!(user(), None);
}
