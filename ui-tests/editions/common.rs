//! Code that older editions accept, and code that has another meaning in them.

use std::cell::{Cell, RefCell};
use std::future::Future;
use std::rc::Rc;
use std::sync::Mutex;

use whose::{with_session, with_user};

fn user() -> Option<String> {
    whose::current().user_id().map(String::from)
}

/// Runs a future on this thread.
pub(crate) fn block_on<F: Future>(future: F) -> F::Output {
    let runtime = tokio::runtime::Builder::new_current_thread().build();
    runtime.expect("a runtime").block_on(future)
}

// Names that are keywords in later editions.
#[whose::trace(user_id = gen, session = gen.len(), input, output)]
fn later_keywords(gen: &str, safe: u8, raw: u8) -> (Option<String>, u8) {
    (user(), safe + raw)
}

#[with_user]
async fn gen(user: &str) -> Option<String> {
    tokio::task::yield_now().await;
    let _ = user;
    self::user()
}

#[test]
fn later_keywords_are_names() {
    assert_eq!(later_keywords("alice", 1, 2), (Some("alice".into()), 3));
    assert_eq!(block_on(gen("bob")).as_deref(), Some("bob"));
}

/// Bodies of unsafe functions are unsafe in these editions.
///
/// # Safety
/// `at` must be valid.
#[with_user("alice")]
#[allow(unsafe_code, reason = "it is about unsafe functions")]
unsafe fn reads(at: *const u8) -> (Option<String>, u8) {
    (user(), *at)
}

/// # Safety
/// `at` must be valid.
#[whose::trace(user_id = *at, output)]
#[allow(unsafe_code, reason = "it is about unsafe functions")]
unsafe fn reads_and_reports(at: *const u8) -> (Option<String>, u8) {
    (user(), *at)
}

/// # Safety
/// `at` must be valid.
#[whose::trace(user_id = "alice", output)]
#[allow(unsafe_code, reason = "it is about unsafe functions")]
async unsafe fn reads_later(at: *const u8) -> (Option<String>, u8) {
    tokio::task::yield_now().await;
    (user(), *at)
}

#[test]
#[allow(unsafe_code, reason = "it is about unsafe functions")]
fn unsafe_function_bodies_are_unsafe() {
    let alice = || Some("alice".to_owned());
    // SAFETY: the number lives as long as the program.
    unsafe {
        assert_eq!(reads(&3), (alice(), 3));
        assert_eq!(reads_and_reports(&3), (Some("3".into()), 3));
        assert_eq!(block_on(reads_later(&3)), (alice(), 3));
    }
}

thread_local!(static LOG: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) });

/// Logs its drop.
struct Loud(&'static str);

impl Loud {
    fn len(&self) -> usize {
        self.0.len()
    }

    fn lent(&self) -> Option<&Self> {
        Some(self)
    }
}

impl Drop for Loud {
    fn drop(&mut self) {
        LOG.with(|log| log.borrow_mut().push(self.0.into()));
    }
}

macro_rules! twins {
    ($($name:ident($a:ident, $b:ident) $body:tt)*) => {$(
        #[allow(unused_braces, reason = "the body stands where it may need none")]
        mod $name {
            use super::*;

            fn plain($a: Loud, $b: Loud) -> usize $body

            #[with_user("alice")]
            fn of_user($a: Loud, $b: Loud) -> usize $body

            #[whose::trace(user_id = "alice")]
            fn traced($a: Loud, $b: Loud) -> usize $body

            async fn plain_later($b: Loud) -> usize {
                let $a = Loud("a");
                $body
            }

            #[with_user("alice")]
            async fn of_user_later($b: Loud) -> usize {
                let $a = Loud("a");
                $body
            }

            #[whose::trace(user_id = "alice")]
            async fn traced_later($b: Loud) -> usize {
                let $a = Loud("a");
                $body
            }

            #[test]
            fn drop_order_is_unchanged() {
                let (a, b) = (|| Loud("a"), || Loud("b"));
                let expected = order(|| plain(a(), b()));
                assert_eq!(order(|| of_user(a(), b())), expected);
                assert_eq!(order(|| traced(a(), b())), expected);
                let expected = order(|| block_on(plain_later(b())));
                assert_eq!(order(|| block_on(of_user_later(b()))), expected);
                assert_eq!(order(|| block_on(traced_later(b()))), expected);
            }
        }
    )*};
}

fn order(run: impl FnOnce() -> usize) -> Vec<String> {
    LOG.with(|log| log.take());
    assert!(run() < 100);
    LOG.with(|log| log.take())
}

// Before the 2024 edition, temporaries of the tail expression live longer than the locals.
twins! {
    temporary_at_the_end(a, b) {
        let local = Loud("local");
        Loud("temporary").len() + local.len() + a.len() + b.len()
    }
    temporary_of_a_match(a, b) {
        let local = Loud("local");
        match Loud("temporary").lent() {
            Some(lent) => lent.len() + local.len() + a.len(),
            None => b.len(),
        }
    }
    temporary_of_if_let(a, b) {
        if let Some(lent) = Loud("temporary").lent() {
            let _local = Loud("local");
            a.len() + lent.len()
        } else {
            b.len()
        }
    }
}

// The tail expression borrows an argument, which outlives the temporaries.
#[with_session(list.borrow().len())]
fn locked_at_the_end(list: &RefCell<Vec<u8>>, lock: &Mutex<u8>) -> u8 {
    assert_eq!(whose::current().session_id(), Some("2"));
    list.borrow().iter().sum::<u8>() + *lock.lock().expect("a lock")
}

#[whose::trace(user_id = "alice")]
async fn shared_at_the_end(cell: Rc<Cell<u8>>) -> u8 {
    tokio::task::yield_now().await;
    assert_eq!(user().as_deref(), Some("alice"));
    match cell.get() {
        0 => 1,
        n => n,
    }
}

#[test]
fn tail_expression_borrow_lives_long_enough() {
    let list = RefCell::new(vec![1, 2]);
    assert_eq!(locked_at_the_end(&list, &Mutex::new(3)), 6);
    assert_eq!(block_on(shared_at_the_end(Rc::new(Cell::new(0)))), 1);
}
