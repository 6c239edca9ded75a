//! Lifetimes: elided and named, bound late and early, hidden in types, and `for<'a>`.
use std::borrow::Cow;
use std::fmt::Debug;
use std::marker::PhantomData;
use whose::{with_session, with_user};

fn user() -> Option<String> {
    whose::current().user_id().map(String::from)
}

struct Page<'p> {
    owner: &'p str,
    lines: Vec<&'p str>,
}

impl<'p> Page<'p> {
    #[with_user(self.owner)]
    fn elided(&self, _other: &str) -> &str {
        assert_eq!(user().as_deref(), Some(self.owner));
        self.lines[0]
    }

    #[whose::trace(user = self.owner, input, output)]
    fn of_the_page(&self, n: usize) -> Option<&'p str> {
        assert_eq!(user().as_deref(), Some("alice"));
        self.lines.get(n).copied()
    }

    #[whose::trace(user = self.owner)]
    async fn of_the_page_later(&mut self, line: &'p str) -> &'p str {
        tokio::task::yield_now().await;
        assert_eq!(user().as_deref(), Some("alice"));
        self.lines.push(line);
        self.lines[0]
    }

    #[with_user(self.owner)]
    async fn hidden(&self) -> Page<'_> {
        tokio::task::yield_now().await;
        Page { owner: self.owner, lines: self.lines.clone() }
    }
}

#[with_user(owner)]
fn named<'a, 'b: 'a>(owner: &'a str, text: &'b str) -> (Page<'a>, &'b str) {
    assert_eq!(user().as_deref(), Some(owner));
    (Page { owner, lines: vec![text] }, text)
}

#[whose::trace(user_id = a, output)]
async fn two<'a, 'b>(a: &'a str, b: &'b str, first: bool) -> Result<&'a str, Cow<'b, str>> {
    tokio::task::yield_now().await;
    assert_eq!(user().as_deref(), Some(a));
    if first { Ok(a) } else { Err(Cow::Borrowed(b)) }
}

#[with_session(text.len())]
fn in_types(text: Cow<'_, str>, mut each: std::slice::Iter<'_, u8>) -> (String, Option<u8>) {
    assert_eq!(whose::current().session_id(), Some("2"));
    (text.into_owned(), each.next().copied())
}

#[with_user(id)]
fn bound_early<'a, T>(id: &'a str, with: PhantomData<T>) -> (&'a str, PhantomData<T>)
where
    T: 'a,
    'a: 'a,
{
    assert_eq!(user().as_deref(), Some(id));
    (id, with)
}

#[whose::trace(user_id = id)]
fn for_all<F, G>(id: &str, f: F, mut g: G) -> usize
where
    F: for<'x> Fn(&'x str) -> &'x str,
    G: FnMut(&str, &mut Vec<&str>),
    for<'x> &'x str: PartialEq<&'x str> + Debug,
{
    assert_eq!(user().as_deref(), Some(id));
    let mut list = Vec::new();
    g(f(id), &mut list);
    f(id).len()
}

#[whose::trace(user_id = "alice")]
async fn for_all_later(f: &dyn for<'x> Fn(&'x [u8]) -> Option<&'x u8>, of: &[u8]) -> u8 {
    tokio::task::yield_now().await;
    assert_eq!(user().as_deref(), Some("alice"));
    f(of).copied().unwrap_or_default()
}

#[whose::trace(user_id = "alice")]
async fn statics(text: &'static str, function: fn(&str) -> usize) -> (&'static str, usize) {
    tokio::task::yield_now().await;
    (text, function(text))
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let owned = String::from("alice");
    let (mut page, text) = named(&owned, "line");
    assert_eq!((page.elided("x"), text), ("line", "line"));
    let line = page.of_the_page(0).unwrap();
    assert_eq!(page.of_the_page_later("more").await, line);
    assert_eq!(page.hidden().await.lines, ["line", "more"]);
    // The line does not borrow the page.
    drop(page);
    assert_eq!(line, "line");

    assert_eq!(two("a", "b", true).await, Ok("a"));
    assert_eq!(two("a", "b", false).await, Err("b".into()));
    assert_eq!(in_types("ab".into(), [1].iter()), ("ab".into(), Some(1)));
    assert_eq!(bound_early("id", PhantomData::<u8>).0, "id");
    assert_eq!(for_all("alice", |text| &text[1..], |_, list| list.push("x")), 4);
    assert_eq!(for_all_later(&|of| of.last(), &[1, 2]).await, 2);
    assert_eq!(statics("abc", str::len).await, ("abc", 3));
    // A function pointer with higher-ranked lifetimes.
    type Pointer = for<'a, 'b> fn(Cow<'a, str>, std::slice::Iter<'b, u8>) -> (String, Option<u8>);
    let pointer: Pointer = in_types;
    assert_eq!(pointer(String::from("ab").as_str().into(), [2].iter()).1, Some(2));
    assert_eq!(user(), None);
}
