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
    /// When the layer panics next: after so many calls of its hook.
    static NEXT: RefCell<Option<Rng>> = const { RefCell::new(None) };
}

/// Panics in one of its hooks, one time in thirty.
struct Panics(Hook);

impl Panics {
    fn may(&self, hook: Hook) {
        // A panic while another one passes would end the process, whoever is current.
        if self.0 != hook || thread::panicking() {
            return;
        }
        let panics = NEXT.with_borrow_mut(|rng| rng.as_mut().is_some_and(|rng| rng.u8(..30) == 0));
        if panics {
            resume_unwind(Box::new("a layer"));
        }
    }
}

impl<S: Subscriber> Layer<S> for Panics {
    fn on_new_span(&self, _: &Attributes<'_>, _: &Id, _: layer::Context<'_, S>) {
        self.may(Hook::New);
    }

    fn on_enter(&self, _: &Id, _: layer::Context<'_, S>) {
        self.may(Hook::Enter);
    }

    fn on_exit(&self, _: &Id, _: layer::Context<'_, S>) {
        self.may(Hook::Exit);
    }

    fn on_close(&self, _: Id, _: layer::Context<'_, S>) {
        self.may(Hook::Close);
    }
}

/// Collects the records that are not of whom their field says.
#[derive(Clone, Default)]
struct Wrong {
    seen: Arc<Mutex<usize>>,
    wrong: Arc<Mutex<Vec<String>>>,
}

impl RecordSink for Wrong {
    fn record(&self, record: &Arc<Record>) {
        let Some(expected) = record.field("expected").and_then(|field| field.as_str()) else {
            return;
        };
        *self.seen.lock().expect("not poisoned") += 1;
        if record.user_id() != Some(expected) {
            let said = format!("{expected}'s is of {:?}", record.user_id());
            self.wrong.lock().expect("not poisoned").push(said);
        }
    }
}

type Work = Pin<Box<dyn Future<Output = ()>>>;

/// Polls others inside, and says whose it is in between.
struct Task {
    who: String,
    inside: Vec<Work>,
    polls: u8,
}

impl Future for Task {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let Self { who, inside, polls } = &mut *self;
        info!(expected = who, "begins");
        if *polls == 0 {
            return Poll::Ready(());
        }
        *polls -= 1;
        inside.retain_mut(|work| {
            let poll = caught(|| work.as_mut().poll(cx));
            info!(expected = who, "after another's poll");
            poll == Some(Poll::Pending)
        });
        caught(|| returns(who));
        info!(expected = who, "after a function");
        Poll::Pending
    }
}

#[whose::trace(user_id = who)]
fn returns(who: &str) {
    info!(expected = who, "inside");
    has_no_user(who);
}

#[whose::trace]
fn has_no_user(who: &str) {
    let _span = info_span!("inside of that", expected = who).entered();
}

#[whose::trace(user_id = &*who)]
async fn traced(who: String, task: Task) {
    task.await;
}

#[whose::trace(user_id = &*who)]
fn returned(who: String, task: Task) -> impl Future<Output = ()> {
    task
}

/// What `f` gives, unless a panic passes.
fn caught<R>(f: impl FnOnce() -> R) -> Option<R> {
    catch_unwind(AssertUnwindSafe(f)).ok()
}

/// A tree of futures, each of a user of its own.
fn work(rng: &mut Rng, depth: u8) -> Work {
    let who = rng.u64(..).to_string();
    let inside = match depth {
        0 => 0,
        _ => rng.u8(..3),
    };
    let task = Task {
        who: who.clone(),
        inside: (0..inside)
            .filter_map(|_| caught(|| work(rng, depth - 1)))
            .collect(),
        polls: rng.u8(..4),
    };
    match rng.u8(..4) {
        0 => Box::pin(task.with_scope(whose::user(who))),
        1 => Box::pin(returned(who, task)),
        _ => Box::pin(traced(who, task)),
    }
}

/// Polls and drops trees of futures while the layer panics in that hook.
fn run(hook: Hook, is_before: bool) {
    let wrong = Wrong::default();
    let ours = whose::layer().with_sink(wrong.clone());
    let dispatch = if is_before {
        Dispatch::new(registry().with(Panics(hook)).with(ours))
    } else {
        Dispatch::new(registry().with(ours).with(Panics(hook)))
    };
    dispatcher::with_default(&dispatch, || {
        for seed in 0..1_000 {
            let said = format!("{hook:?}, before ours: {is_before}, seed {seed}");
            NEXT.set(Some(Rng::with_seed(seed)));
            let mut rng = Rng::with_seed(seed);
            let Some(mut work) = caught(|| work(&mut rng, 3)) else {
                assert!(is_nothing_current(), "after it was not made: {said}");
                continue;
            };
            for n in 0..5 {
                let polled = caught(|| poll(work.as_mut()));
                assert!(is_nothing_current(), "after poll {n}: {said}");
                if polled != Some(Poll::Pending) {
                    break;
                }
            }
            caught(|| drop(work));
            assert!(is_nothing_current(), "after it was dropped: {said}");
        }
    });
    NEXT.set(None);
    assert!(
        *wrong.seen.lock().expect("not poisoned") > 1_000,
        "{hook:?}"
    );
    let wrong = wrong.wrong.lock().expect("not poisoned");
    assert_eq!(*wrong, [""; 0], "{hook:?}, before ours: {is_before}");
}

#[test]
fn panicking_layer_leaves_no_user() {
    for hook in [Hook::New, Hook::Enter, Hook::Exit, Hook::Close] {
        run(hook, false);
        run(hook, true);
    }
}
