//! The scope ends with functions that never return and with bodies that panic.
use std::convert::Infallible;
use std::panic::{AssertUnwindSafe, catch_unwind, panic_any, resume_unwind};
use std::sync::Mutex;
use whose::with_user;

fn user() -> Option<String> {
    whose::current().user_id().map(String::from)
}

// Panics with the current user as payload.
fn leave() -> ! {
    resume_unwind(Box::new(user()))
}

#[with_user(id)]
fn never(id: &str) -> ! {
    let _ = id;
    leave()
}

#[whose::trace(user_id = id)]
fn never_in_a_loop(id: u8) -> ! {
    let mut times = 0;
    loop {
        times += 1;
        if times > id {
            leave();
        }
    }
}

#[whose::trace(user_id = id)]
async fn never_later(id: &str) -> ! {
    let _ = id;
    loop {
        tokio::task::yield_now().await;
        leave();
    }
}

#[whose::trace(user_id = "alice")]
extern "C-unwind" fn never_for_c() -> ! {
    leave()
}

trait Ends {
    fn end(self) -> Infallible;
    async fn end_later(self) -> Result<Infallible, ()>;
}

impl Ends for &str {
    #[with_user(self)]
    fn end(self) -> Infallible {
        match never_again() {}
    }

    #[whose::trace(user = self, err(Debug))]
    async fn end_later(self) -> Result<Infallible, ()> {
        tokio::task::yield_now().await;
        if self.is_empty() {
            return Err(());
        }
        leave()
    }
}

fn never_again() -> Infallible {
    leave()
}

#[with_user("alice")]
fn todo_at_once(_: u8) -> Vec<String> {
    leave();
    #[allow(unreachable_code)]
    Vec::new()
}

#[whose::trace(user_id = "alice", output, err)]
fn panics(text: &str) -> Result<u8, std::num::ParseIntError> {
    match text.parse()? {
        0 => panic_any(user()),
        n => Ok(n),
    }
}

#[whose::trace(user_id = "alice")]
async fn unimplemented_later() -> impl Iterator<Item = u8> {
    tokio::task::yield_now().await;
    if true {
        leave();
    }
    std::iter::empty()
}

static POISONED: Mutex<u8> = Mutex::new(0);

#[with_user("alice")]
fn holds_a_lock() -> u8 {
    let _held = POISONED.lock();
    leave()
}

// The user at the panic. No user stays current.
fn ends<R>(run: impl FnOnce() -> R) -> Option<String> {
    let payload = catch_unwind(AssertUnwindSafe(run)).err().expect("it does not return");
    assert_eq!(user(), None);
    *payload.downcast().expect("a user")
}

fn block_on<F: Future>(future: F) -> F::Output {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(future)
}

fn main() {
    std::panic::set_hook(Box::new(|_| ()));
    let alice = Some("alice".to_owned());
    assert_eq!(ends(|| never("alice")), alice);
    assert_eq!(ends(|| never_in_a_loop(3)).as_deref(), Some("3"));
    assert_eq!(ends(|| block_on(never_later("alice"))), alice);
    assert_eq!(ends(|| never_for_c()), alice);
    assert_eq!(ends(|| "bob".end()).as_deref(), Some("bob"));
    assert_eq!(ends(|| block_on("bob".end_later())).as_deref(), Some("bob"));
    assert_eq!(block_on("".end_later()), Err(()));
    assert_eq!(ends(|| todo_at_once(1)), alice);
    assert_eq!(ends(|| panics("0")), alice);
    assert_eq!((panics("1"), panics("x").is_err()), (Ok(1), true));
    assert_eq!(ends(|| block_on(unimplemented_later())), alice);
    assert_eq!(ends(holds_a_lock), alice);
    assert!(POISONED.is_poisoned());
}
