//! Another layer that panics in any span hook, on either side of the layer of `whose`, leaves no
//! user on the thread, and later records keep their users.

use std::cell::RefCell;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};
use std::thread;

use fastrand::Rng;
use tracing::span::{Attributes, Id};
use tracing::{Dispatch, Subscriber, dispatcher, info, info_span};
use tracing_subscriber::layer::{self, SubscriberExt as _};
use tracing_subscriber::{Layer, registry};
use whose::{Record, RecordSink, ScopeExt as _};
use whose_tests::current::{is_nothing_current, poll};

#[derive(Clone, Copy, Debug, PartialEq)]
enum Hook {
    New,
    Enter,
    Exit,
    Close,
}

thread_local! {
    /// The random numbers that decide which call of the hook panics.
    static PANIC_RNG: RefCell<Option<Rng>> = const { RefCell::new(None) };
}

/// A layer that panics in one of its hooks, in one of thirty calls.
struct Panics(Hook);

impl Panics {
    fn may_panic(&self, hook: Hook) {
        // A second panic during unwinding aborts the process.
        if self.0 != hook || thread::panicking() {
            return;
        }
        let panics =
            PANIC_RNG.with_borrow_mut(|rng| rng.as_mut().is_some_and(|rng| rng.u8(..30) == 0));
        if panics {
            resume_unwind(Box::new("a layer"));
        }
    }
}

impl<S: Subscriber> Layer<S> for Panics {
    fn on_new_span(&self, _: &Attributes<'_>, _: &Id, _: layer::Context<'_, S>) {
        self.may_panic(Hook::New);
    }

    fn on_enter(&self, _: &Id, _: layer::Context<'_, S>) {
        self.may_panic(Hook::Enter);
    }

    fn on_exit(&self, _: &Id, _: layer::Context<'_, S>) {
        self.may_panic(Hook::Exit);
    }

    fn on_close(&self, _: Id, _: layer::Context<'_, S>) {
        self.may_panic(Hook::Close);
    }
}

/// A sink that collects the records whose user differs from their field `expected`.
#[derive(Clone, Default)]
struct UserChecker {
    checked: Arc<Mutex<usize>>,
    mismatches: Arc<Mutex<Vec<String>>>,
}

impl RecordSink for UserChecker {
    fn record(&self, record: &Arc<Record>) {
        let Some(expected) = record.field("expected").and_then(|field| field.as_str()) else {
            return;
        };
        *self.checked.lock().expect("not poisoned") += 1;
        if record.user_id() != Some(expected) {
            let mismatch = format!("expected {expected}, actual {:?}", record.user_id());
            self.mismatches.lock().expect("not poisoned").push(mismatch);
        }
    }
}

type Work = Pin<Box<dyn Future<Output = ()>>>;

/// Polls inner futures, and emits events of its own user between the polls.
struct Task {
    user: String,
    inside: Vec<Work>,
    polls: u8,
}

impl Future for Task {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let Self {
            user,
            inside,
            polls,
        } = &mut *self;
        info!(expected = user, "begins");
        if *polls == 0 {
            return Poll::Ready(());
        }
        *polls -= 1;
        inside.retain_mut(|work| {
            let poll = caught(|| work.as_mut().poll(cx));
            info!(expected = user, "after another's poll");
            poll == Some(Poll::Pending)
        });
        caught(|| returns(user));
        info!(expected = user, "after a function");
        Poll::Pending
    }
}

#[whose::trace(user_id = user)]
fn returns(user: &str) {
    info!(expected = user, "inside");
    has_no_user(user);
}

#[whose::trace]
fn has_no_user(user: &str) {
    let _span = info_span!("inner span", expected = user).entered();
}

#[whose::trace(user_id = &*user)]
async fn traced(user: String, task: Task) {
    task.await;
}

#[whose::trace(user_id = &*user)]
fn returned(user: String, task: Task) -> impl Future<Output = ()> {
    task
}

/// The result of `f`, or `None` if `f` panics.
fn caught<R>(f: impl FnOnce() -> R) -> Option<R> {
    catch_unwind(AssertUnwindSafe(f)).ok()
}

/// A tree of futures, each with its own user.
fn work(rng: &mut Rng, depth: u8) -> Work {
    let user = rng.u64(..).to_string();
    let inside = match depth {
        0 => 0,
        _ => rng.u8(..3),
    };
    let task = Task {
        user: user.clone(),
        inside: (0..inside)
            .filter_map(|_| caught(|| work(rng, depth - 1)))
            .collect(),
        polls: rng.u8(..4),
    };
    match rng.u8(..4) {
        0 => Box::pin(task.with_scope(whose::user(user))),
        1 => Box::pin(returned(user, task)),
        _ => Box::pin(traced(user, task)),
    }
}

/// Polls and drops trees of futures while a layer panics in `hook`.
fn run(hook: Hook, panics_first: bool) {
    let checker = UserChecker::default();
    let layer = whose::layer().with_sink(checker.clone());
    let dispatch = if panics_first {
        Dispatch::new(registry().with(Panics(hook)).with(layer))
    } else {
        Dispatch::new(registry().with(layer).with(Panics(hook)))
    };
    dispatcher::with_default(&dispatch, || {
        for seed in 0..1_000 {
            let case = format!("{hook:?}, panics first: {panics_first}, seed {seed}");
            PANIC_RNG.set(Some(Rng::with_seed(seed)));
            let mut rng = Rng::with_seed(seed);
            let Some(mut work) = caught(|| work(&mut rng, 3)) else {
                assert!(is_nothing_current(), "after a failed construction: {case}");
                continue;
            };
            for n in 0..5 {
                let polled = caught(|| poll(work.as_mut()));
                assert!(is_nothing_current(), "after poll {n}: {case}");
                if polled != Some(Poll::Pending) {
                    break;
                }
            }
            caught(|| drop(work));
            assert!(is_nothing_current(), "after the drop: {case}");
        }
    });
    PANIC_RNG.set(None);
    assert!(
        *checker.checked.lock().expect("not poisoned") > 1_000,
        "{hook:?}"
    );
    let mismatches = checker.mismatches.lock().expect("not poisoned");
    assert_eq!(
        *mismatches, [""; 0],
        "{hook:?}, panics first: {panics_first}"
    );
}

#[test]
fn panicking_layer_leaves_no_user() {
    for hook in [Hook::New, Hook::Enter, Hook::Exit, Hook::Close] {
        run(hook, false);
        run(hook, true);
    }
}
