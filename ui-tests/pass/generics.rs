//! Type, const and lifetime parameters, where clauses, `impl Trait` in both positions.
use std::fmt::{Debug, Display};
use whose::{with_user, AsId, AsUser};

#[whose::trace(user = user, input(?rest))]
fn generic<'a, U, T, const N: usize>(user: &'a U, rest: [T; N]) -> (&'a U, [T; N])
where
    U: AsUser + ?Sized,
    T: Debug,
{
    (user, rest)
}

#[with_user(id = id)]
async fn impl_argument(id: impl AsId + Send, show: impl Display) -> String {
    tokio::task::yield_now().await;
    drop(id);
    format!("{show} {}", whose::current().user_id().unwrap_or("nobody"))
}

#[whose::trace(user_id = %id)]
async fn impl_return<T: Display + Clone>(id: T) -> impl Iterator<Item = T> {
    tokio::task::yield_now().await;
    vec![id.clone(), id].into_iter()
}

#[whose::trace(user_id = "u")]
async fn nested_impl(fail: bool) -> Result<(impl Display, Vec<impl Debug>), String> {
    if fail {
        return Err("failed".into());
    }
    tokio::task::yield_now().await;
    Ok(("a", vec![1_u8]))
}

#[whose::trace(user_id = "u", output)]
fn impl_output(n: u8) -> impl Debug + PartialEq<u8> {
    n
}

struct Page<'p, T>(&'p [T]);

impl<'p, T: Clone + Display> Page<'p, T> {
    #[with_user(%self.0[0])]
    async fn first<'s>(&'s self, others: &'s [T]) -> &'s T
    where
        'p: 's,
    {
        tokio::task::yield_now().await;
        assert_eq!(whose::current().user_id(), Some(&*self.0[0].to_string()));
        others.first().unwrap_or(&self.0[0])
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    assert_eq!(generic("alice", [1, 2]), ("alice", [1, 2]));
    assert_eq!(impl_argument(7_u8, "id").await, "id 7");
    assert_eq!(impl_return("x").await.count(), 2);
    assert!(nested_impl(true).await.is_err());
    assert_eq!(nested_impl(false).await.unwrap().0.to_string(), "a");
    assert!(impl_output(3) == 3);
    assert_eq!(*Page(&[1, 2]).first(&[]).await, 1);
}
