//! Type and const parameters, bounds in where-clauses, and expressions that read them.
use std::collections::HashMap;
use std::fmt::{Debug, Display};
use std::hash::Hash;
use std::ops::Deref;
use whose::{AsId, AsUser, with_session, with_user};

fn user() -> Option<String> {
    whose::current().user_id().map(String::from)
}

fn session() -> Option<String> {
    whose::current().session_id().map(String::from)
}

#[with_user(owner, session = N)]
fn array<const N: usize>(owner: &str, filled: u8) -> [u8; N] {
    assert_eq!((user().as_deref(), session()), (Some(owner), Some(N.to_string())));
    [filled; N]
}

#[whose::trace(user_id = ID, tags(checked = CHECKED, last = LAST), output)]
async fn consts<const ID: i64, const CHECKED: bool, const LAST: char>() -> [bool; 2] {
    tokio::task::yield_now().await;
    let at = whose::current();
    assert_eq!(at.tag("last"), Some(LAST.to_string().as_str()));
    [at.user_id() == Some(&ID.to_string()), at.tag("checked") == Some("true")]
}

#[whose::trace(user = owner, input, output)]
fn bounded<'a, U, K, V, I>(owner: &U, pairs: I) -> HashMap<K, Vec<V>>
where
    U: AsUser + Debug + ?Sized,
    I: IntoIterator<Item = (K, V)> + Debug,
    K: Eq + Hash + Debug + 'a,
    V: Debug + 'a,
    for<'k> &'k K: Debug,
{
    assert!(user().is_some());
    let mut map = HashMap::<K, Vec<V>>::new();
    for (key, value) in pairs {
        map.entry(key).or_default().push(value);
    }
    map
}

#[with_session(*session_id)]
async fn derefs<D, T>(session_id: D, show: T) -> String
where
    D: Deref<Target = u64> + Send,
    T: Display + Clone + Send + Sync + 'static,
{
    tokio::task::yield_now().await;
    format!("{show} in {}", session().unwrap_or_default())
}

// A type parameter that appears only in the turbofish.
#[with_user(user_id = T::default())]
fn only_named<T: Default + AsId, U>() -> (Option<String>, usize) {
    (user(), std::mem::size_of::<U>())
}

struct Ring<T, const N: usize = 2>
where
    T: Copy,
{
    owner: u32,
    slots: [T; N],
}

impl<T: Copy + Send + Debug, const N: usize> Ring<T, N> {
    const SIZE: usize = N;

    #[whose::trace(user_id = self.owner, session = Self::SIZE)]
    async fn map<F, R>(&self, mut f: F) -> [R; N]
    where
        F: FnMut(T) -> R,
    {
        tokio::task::yield_now().await;
        assert_eq!((user(), session()), (Some("7".into()), Some(N.to_string())));
        self.slots.map(|slot| f(slot))
    }

    #[with_user(self.owner)]
    fn split<const A: usize, const B: usize>(&self) -> Option<([T; A], [T; B])> {
        assert_eq!(user().as_deref(), Some("7"));
        let (head, tail) = self.slots.split_at_checked(A)?;
        Some((head.try_into().ok()?, tail.try_into().ok()?))
    }
}

impl<T> From<[T; 3]> for Ring<T, 3>
where
    T: Copy,
{
    #[with_user("made")]
    fn from(slots: [T; 3]) -> Self {
        assert_eq!(user().as_deref(), Some("made"));
        Self { owner: 7, slots }
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    assert_eq!(array::<3>("alice", 1), [1; 3]);
    assert_eq!(consts::<-5, true, '\u{e9}'>().await, [true, true]);
    let map = bounded("alice", [("a", 1), ("b", 2), ("a", 3)]);
    assert_eq!((&map["a"], &map["b"]), (&vec![1, 3], &vec![2]));
    assert_eq!(derefs(Box::new(7), "x").await, "x in 7");
    assert_eq!(only_named::<u8, [u16; 4]>(), (Some("0".into()), 8));

    let ring = Ring::from([1, 2, 3]);
    assert_eq!(ring.map(|slot| slot * 2).await, [2, 4, 6]);
    assert_eq!(ring.split::<1, 2>(), Some(([1], [2, 3])));
    assert_eq!(ring.split::<1, 1>(), None);
    assert_eq!(Ring { owner: 7, slots: ['x'; 2] }.map(|c| c).await, ['x'; 2]);
    assert_eq!((user(), session()), (None, None));
}
