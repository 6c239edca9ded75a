//! Guards, entered spans, closures, polls and drops of futures begin and end in random order on
//! several threads. The current user and every record match a model that keeps a plain list.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::pin::Pin;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Waker};
use std::thread;

use fastrand::Rng;
use tracing::span::EnteredSpan;
use tracing::{Span, info, info_span};
use tracing_subscriber::layer::SubscriberExt as _;
use whose::{Guard, Record, RecordSink, RecordType, Scope, ScopeExt as _};
use whose_tests::current::{is_nothing_current, user_id};

#[path = "random_nesting/state.rs"]
mod state;

use state::{EntryKind, ExitRule, ScopeData, SpanState, State, Task, USERS};

const THREADS: usize = 3;

/// Runs steps at every poll, and when it is dropped.
struct Inner;

impl Future for Inner {
    type Output = ();

    fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<()> {
        inside();
        Poll::Pending
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        steps(2);
    }
}

/// Steps that may end by a panic.
fn inside() {
    let (steps_inside, panics) = with(|state| (state.rng.usize(0..5), state.rng.u8(0..8) == 0));
    steps(steps_inside);
    if panics {
        resume_unwind(Box::new(()));
    }
}

thread_local! {
    static STATE: RefCell<Option<Box<State>>> = const { RefCell::new(None) };
    static GUARDS: RefCell<Vec<(u64, Guard)>> = const { RefCell::new(Vec::new()) };
    static ENTERED: RefCell<Vec<(usize, EnteredSpan)>> = const { RefCell::new(Vec::new()) };
}

fn with<R>(f: impl FnOnce(&mut State) -> R) -> R {
    STATE.with_borrow_mut(|state| f(state.as_mut().expect("a program that runs here")))
}

fn steps(count: usize) {
    for _ in 0..count {
        if with(|state| state.is_ending) {
            return;
        }
        let goes_deeper = with(|state| {
            state.depth += 1;
            state.depth < 8
        });
        step(goes_deeper);
        let user = with(|state| {
            state.depth -= 1;
            state.user()
        });
        assert_eq!(user_id().as_deref(), user);
    }
}

fn step(goes_deeper: bool) {
    let choice = with(|state| state.rng.u8(0..if goes_deeper { 23 } else { 14 }));
    match choice {
        0..3 => open_guard(),
        3..5 => drop_guard(),
        5..7 => make_span(),
        7..9 => enter_span(),
        9 => exit_span(),
        10 => close_span(),
        11 => capture(),
        12 => write(),
        13 => log(),
        14..17 => in_closure(),
        17 => make_task(),
        18..22 => poll_task(),
        _ => drop_task(),
    }
}

fn open_guard() {
    let (scope, what) = with(State::scope);
    let guard = scope.enter();
    let number = with(|state| {
        what.map_or(0, |what| {
            let link = state.link(what, ExitRule::Guard);
            let number = link.number;
            state.open(link);
            number
        })
    });
    GUARDS.with_borrow_mut(|guards| guards.push((number, guard)));
}

fn drop_guard() {
    let any = |len| with(|state| state.rng.usize(0..len));
    let guard = GUARDS.with_borrow_mut(|guards| match guards.len() {
        0 => None,
        len => Some(guards.remove(any(len))),
    });
    if let Some((number, guard)) = guard {
        drop(guard);
        with(|state| {
            let at = state.links().iter().position(|link| link.number == number);
            if let Some(at) = at {
                state.remove(at, |link| link.kind == ExitRule::Guard);
            }
        });
    }
}

fn make_span() {
    let (n, parent, is_root) = with(|state| {
        state.made += 1;
        let parent = state.any_span().filter(|_| state.rng.u8(0..4) == 0);
        let parent = parent.map(|at| {
            (
                state.spans[&at].span.clone(),
                state.spans[&at].stack.clone(),
            )
        });
        (state.made, parent, state.rng.u8(0..8) == 0)
    });
    let (span, of_parent) = match (parent, is_root) {
        (_, true) => (info_span!(parent: None, "root", n), None),
        (Some((parent, stack)), _) => (info_span!(parent: &parent, "child", n), stack),
        (None, _) => (info_span!("span", n, more = "of it"), None),
    };
    with(|state| {
        let stack = of_parent.unwrap_or_else(|| state.frames());
        let user = state.whose(&stack);
        let stack = (!is_root).then_some(stack);
        state.spans.insert(n, SpanState { span, stack, user });
    });
}

fn enter_span() {
    let Some(n) = with(State::any_span) else {
        return;
    };
    let entered = with(|state| state.spans[&n].span.clone()).entered();
    with(|state| state.enter(n));
    ENTERED.with_borrow_mut(|all| all.push((n, entered)));
}

fn exit_span() {
    let any = |len| with(|state| state.rng.usize(0..len));
    let entered = ENTERED.with_borrow_mut(|entered| match entered.len() {
        0 => None,
        len => Some(entered.remove(any(len))),
    });
    if let Some((n, entered)) = entered {
        // It is closed elsewhere, where what is expected of it is known.
        drop(entered.exit());
        with(|state| state.exit(n));
    }
}

fn close_span() {
    let span = with(|state| {
        let n = state.any_span()?;
        let mut made = state.spans.remove(&n)?;
        let span = std::mem::replace(&mut made.span, Span::none());
        state.closing.insert(n, made);
        Some(span)
    });
    drop(span);
}

fn capture() {
    let scope = Scope::current();
    with(|state| {
        let frames = state.frames();
        state.captured.push((scope, frames));
    });
}

fn write() {
    let says = with(|state| {
        let user = state.rng.choice(USERS).unwrap_or_default();
        let says = match state.rng.u8(0..6) {
            0 => None,
            1 => Some(ScopeData::Anonymous),
            _ => Some(ScopeData::User(user)),
        };
        if let Some(at) = state.nearest_isolated() {
            state.isolated[at].1 = says;
            if let Some(ScopeData::User(user)) = says {
                state.given[at] = Some((user, state.made));
            }
        }
        says
    });
    match says {
        Some(ScopeData::User(user)) => whose::set_user(user),
        Some(_) => whose::set_anonymous(),
        None => whose::clear_user(),
    }
}

fn log() {
    let (n, has_more) = with(|state| {
        state.made += 1;
        let (n, user) = (state.made, state.user());
        state.expected.insert(n, user);
        (n, state.rng.bool())
    });
    match has_more {
        true => info!(n, more = "of it", "said"),
        false => info!(n),
    }
}

/// Runs what may panic.
fn run(f: impl FnOnce()) {
    if let Err(panic) = catch_unwind(AssertUnwindSafe(f)) {
        assert!(
            panic.is::<()>(),
            "a panic of the test's own: {:?}",
            panic.downcast_ref::<String>()
        );
    }
}

fn in_closure() {
    let (scope, what) = with(State::scope);
    let number = with(|state| {
        let link = state.link(what.unwrap_or(EntryKind::Empty), ExitRule::Closure);
        let number = link.number;
        state.open(link);
        number
    });
    run(|| {
        scope.in_scope(|| {
            assert_eq!(user_id().as_deref(), with(|state| state.user()));
            inside();
        });
    });
    with(|state| drop(state.end(|link| link.number == number)));
}

fn make_task() {
    with(|state| {
        let (scope, what) = state.scope();
        let link = Some(state.link(what.unwrap_or(EntryKind::Empty), ExitRule::Closure));
        let future = Box::pin(Inner.with_scope(scope));
        state.tasks.push(Task { future, link });
    });
}

fn take_task() -> Option<Task> {
    with(|state| match state.tasks.len() {
        0 => None,
        len => Some(state.tasks.swap_remove(state.rng.usize(0..len))),
    })
}

fn poll_task() {
    let Some(Task { mut future, link }) = take_task() else {
        return;
    };
    let number = link.map(|link| {
        let number = link.number;
        with(|state| state.open(link));
        number
    });
    run(|| {
        let is_ready = future
            .as_mut()
            .poll(&mut Context::from_waker(Waker::noop()))
            .is_ready();
        assert!(!is_ready);
    });
    with(|state| {
        let link = number.and_then(|number| state.end(|link| link.number == number));
        state.tasks.push(Task { future, link });
    });
}

fn drop_task() {
    let Some(Task { future, link }) = take_task() else {
        return;
    };
    with(|state| {
        // One that was lost says nothing.
        let mut link = link.unwrap_or_else(|| state.link(EntryKind::Empty, ExitRule::Dropping));
        link.kind = ExitRule::Dropping;
        state.open(link);
    });
    drop(future);
    with(|state| state.end(|link| link.kind == ExitRule::Dropping));
}

/// Leaves nothing behind on this thread.
fn leave() {
    with(|state| state.is_ending = true);
    while with(|state| !state.tasks.is_empty()) {
        drop_task();
    }
    loop {
        drop_guard();
        exit_span();
        let is_left = GUARDS.with_borrow(Vec::is_empty) && ENTERED.with_borrow(Vec::is_empty);
        if is_left {
            break;
        }
    }
    assert!(is_nothing_current());
    assert!(with(|state| state.links().is_empty()));
}

/// The records that are not what they should be.
#[derive(Default)]
struct Wrong(Mutex<Vec<String>>);

impl RecordSink for Wrong {
    fn record(&self, record: &Arc<Record>) {
        if record.record_type() == RecordType::Link {
            return;
        }
        let mut wrong = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let is_full = record.name() == "span" || record.message().is_some();
        let fields = record.fields().count();
        let is_said = record.message() == Some("said") || record.message().is_none();
        let is_plain = record.tag("k").is_none_or(|v| v == "v")
            && record.breadcrumbs().count() == 0
            && record.duration().is_some() == (record.record_type() == RecordType::Span);
        if fields != if is_full { 2 } else { 1 } || !is_said || !is_plain {
            wrong.push(format!("{record:?}"));
        }
        let n = record.field("n").and_then(whose::Value::as_u64);
        let n = n.and_then(|n| usize::try_from(n).ok()).unwrap_or_default();
        match with(|state| state.expected(n)) {
            Some(user) if user == record.user_id() => {}
            expected => wrong.push(format!("expected {expected:?}, shown {record:?}")),
        }
    }
}

enum Do {
    Steps(usize),
    Leave,
    Close,
}

type Work = (Box<State>, Do);

fn thread(here: usize, work: Receiver<Work>, done: Sender<Box<State>>) {
    for (mut state, what) in work {
        state.here = here;
        STATE.set(Some(state));
        match what {
            Do::Steps(count) => steps(count),
            Do::Leave => leave(),
            Do::Close => {
                while with(|state| !state.spans.is_empty()) {
                    close_span();
                }
            }
        }
        done.send(STATE.take().expect("the program"))
            .expect("the test");
    }
}

#[test]
fn random_enters_and_exits_match_list_model() {
    let wrong = Arc::<Wrong>::default();
    let layer = whose::layer().with_sink(wrong.clone());
    tracing::subscriber::set_global_default(tracing_subscriber::registry().with(layer)).unwrap();
    Scope::isolated().in_scope(|| ());
    let (done, is_done) = channel();
    let threads: Vec<_> = (0..THREADS)
        .map(|here| {
            let (work, works) = channel::<Work>();
            let done = done.clone();
            thread::spawn(move || thread(here, works, done));
            work
        })
        .collect();
    drop(done);
    let run_on = |here: usize, state: Box<State>, what: Do| {
        threads[here].send((state, what)).expect("the thread");
        is_done.recv_timeout(std::time::Duration::from_secs(60))
    };
    for seed in 0..4_000 {
        let mut state = Box::new(State {
            rng: Rng::with_seed(seed),
            next: 0,
            stacks: BTreeMap::new(),
            depth: 0,
            here: 0,
            threads: Default::default(),
            isolated: (0..3).map(|_| (Scope::isolated(), None)).collect(),
            given: vec![None; 3],
            captured: Vec::new(),
            spans: BTreeMap::new(),
            closing: BTreeMap::new(),
            made: 0,
            is_ending: false,
            tasks: Vec::new(),
            expected: BTreeMap::new(),
        });
        for _ in 0..state.rng.usize(1..20) {
            let (here, count) = (state.rng.usize(0..THREADS), state.rng.usize(1..8));
            let ended = run_on(here, state, Do::Steps(count));
            state = ended.unwrap_or_else(|_| panic!("the program of seed {seed} failed"));
        }
        for here in 0..THREADS {
            let ended = run_on(here, state, Do::Leave);
            state = ended.unwrap_or_else(|_| panic!("the program of seed {seed} left something"));
        }
        let ended = run_on(0, state, Do::Close);
        state = ended.unwrap_or_else(|_| panic!("the program of seed {seed} cannot be closed"));
        assert_eq!(
            *wrong.0.lock().unwrap(),
            Vec::<String>::new(),
            "seed {seed}"
        );
        let State {
            expected, closing, ..
        } = *state;
        assert!(
            expected.is_empty() && closing.is_empty(),
            "seed {seed} lacks records"
        );
    }
}
