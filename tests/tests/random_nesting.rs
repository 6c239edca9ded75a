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

/// A future that runs steps at every poll and at its drop.
struct StepFuture;

impl Future for StepFuture {
    type Output = ();

    fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<()> {
        steps_and_panic();
        Poll::Pending
    }
}

impl Drop for StepFuture {
    fn drop(&mut self) {
        steps(2);
    }
}

/// Runs steps, and panics after some of them.
fn steps_and_panic() {
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
    let (scope, kind) = with(State::scope);
    let guard = scope.enter();
    let number = with(|state| {
        kind.map_or(0, |kind| {
            let entry = state.new_entry(kind, ExitRule::Guard);
            let number = entry.number;
            state.push(entry);
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
            let mut entries = state.entries().iter();
            let index = entries.position(|entry| entry.number == number);
            if let Some(index) = index {
                state.remove(index, |entry| entry.exit_rule == ExitRule::Guard);
            }
        });
    }
}

fn make_span() {
    let (n, parent, is_root) = with(|state| {
        state.last_n += 1;
        let parent = state.any_span().filter(|_| state.rng.u8(0..4) == 0);
        let parent = parent.map(|n| (state.spans[&n].span.clone(), state.spans[&n].stack.clone()));
        (state.last_n, parent, state.rng.u8(0..8) == 0)
    });
    let (span, parent_stack) = match (parent, is_root) {
        (_, true) => (info_span!(parent: None, "root", n), None),
        (Some((parent, stack)), _) => (info_span!(parent: &parent, "child", n), stack),
        (None, _) => (info_span!("span", n, more = "of it"), None),
    };
    with(|state| {
        let stack = parent_stack.unwrap_or_else(|| state.frames());
        let user = state.user_of(&stack);
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
        // If `close_span` has dropped its handle, this drop closes the span.
        drop(entered.exit());
        with(|state| state.exit(n));
    }
}

fn close_span() {
    let span = with(|state| {
        let n = state.any_span()?;
        let mut removed = state.spans.remove(&n)?;
        let span = std::mem::replace(&mut removed.span, Span::none());
        state.closing.insert(n, removed);
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
    let setting = with(|state| {
        let user = state.rng.choice(USERS).unwrap_or_default();
        let setting = match state.rng.u8(0..6) {
            0 => None,
            1 => Some(ScopeData::Anonymous),
            _ => Some(ScopeData::User(user)),
        };
        if let Some(index) = state.nearest_isolated() {
            state.isolated[index].1 = setting;
            if let Some(ScopeData::User(user)) = setting {
                state.last_users[index] = Some((user, state.last_n));
            }
        }
        setting
    });
    match setting {
        Some(ScopeData::User(user)) => whose::set_user(user),
        Some(_) => whose::set_anonymous(),
        None => whose::clear_user(),
    }
}

fn log() {
    let (n, has_more) = with(|state| {
        state.last_n += 1;
        let (n, user) = (state.last_n, state.user());
        state.expected.insert(n, user);
        (n, state.rng.bool())
    });
    match has_more {
        true => info!(n, more = "of it", "said"),
        false => info!(n),
    }
}

/// Runs `f`, and catches only the panics of [`steps_and_panic`].
fn catch_step_panic(f: impl FnOnce()) {
    if let Err(panic) = catch_unwind(AssertUnwindSafe(f)) {
        assert!(
            panic.is::<()>(),
            "an unexpected panic: {:?}",
            panic.downcast_ref::<String>()
        );
    }
}

fn in_closure() {
    let (scope, kind) = with(State::scope);
    let number = with(|state| {
        let entry = state.new_entry(kind.unwrap_or(EntryKind::Empty), ExitRule::Closure);
        let number = entry.number;
        state.push(entry);
        number
    });
    catch_step_panic(|| {
        scope.in_scope(|| {
            assert_eq!(user_id().as_deref(), with(|state| state.user()));
            steps_and_panic();
        });
    });
    with(|state| drop(state.end(|entry| entry.number == number)));
}

fn make_task() {
    with(|state| {
        let (scope, kind) = state.scope();
        let entry = Some(state.new_entry(kind.unwrap_or(EntryKind::Empty), ExitRule::Closure));
        let future = Box::pin(StepFuture.with_scope(scope));
        state.tasks.push(Task { future, entry });
    });
}

fn take_task() -> Option<Task> {
    with(|state| match state.tasks.len() {
        0 => None,
        len => Some(state.tasks.swap_remove(state.rng.usize(0..len))),
    })
}

fn poll_task() {
    let Some(Task { mut future, entry }) = take_task() else {
        return;
    };
    let number = entry.map(|entry| {
        let number = entry.number;
        with(|state| state.push(entry));
        number
    });
    catch_step_panic(|| {
        let is_ready = future
            .as_mut()
            .poll(&mut Context::from_waker(Waker::noop()))
            .is_ready();
        assert!(!is_ready);
    });
    with(|state| {
        let entry = number.and_then(|number| state.end(|entry| entry.number == number));
        state.tasks.push(Task { future, entry });
    });
}

fn drop_task() {
    let Some(Task { future, entry }) = take_task() else {
        return;
    };
    with(|state| {
        // A task without its entry has no frame: an outer entry ended during its last poll.
        let new = |state: &mut State| state.new_entry(EntryKind::Empty, ExitRule::Dropping);
        let mut entry = entry.unwrap_or_else(|| new(state));
        entry.exit_rule = ExitRule::Dropping;
        state.push(entry);
    });
    drop(future);
    with(|state| state.end(|entry| entry.exit_rule == ExitRule::Dropping));
}

/// Ends everything on this thread, and asserts that nothing is current.
fn end_all() {
    with(|state| state.is_ending = true);
    while with(|state| !state.tasks.is_empty()) {
        drop_task();
    }
    loop {
        drop_guard();
        exit_span();
        let is_done = GUARDS.with_borrow(Vec::is_empty) && ENTERED.with_borrow(Vec::is_empty);
        if is_done {
            break;
        }
    }
    assert!(is_nothing_current());
    assert!(with(|state| state.entries().is_empty()));
}

/// A sink that collects the records that differ from the model.
#[derive(Default)]
struct WrongRecords(Mutex<Vec<String>>);

impl RecordSink for WrongRecords {
    fn record(&self, record: &Arc<Record>) {
        if record.record_type() == RecordType::Link {
            return;
        }
        let mut wrong = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let has_two_fields = record.name() == "span" || record.message().is_some();
        let fields = record.fields().count();
        let has_expected_message = record.message() == Some("said") || record.message().is_none();
        let has_expected_data = record.tag("k").is_none_or(|v| v == "v")
            && record.breadcrumbs().count() == 0
            && record.duration().is_some() == (record.record_type() == RecordType::Span);
        let expected_fields = if has_two_fields { 2 } else { 1 };
        if fields != expected_fields || !has_expected_message || !has_expected_data {
            wrong.push(format!("{record:?}"));
        }
        let n = record.field("n").and_then(whose::Value::as_u64);
        let n = n.and_then(|n| usize::try_from(n).ok()).unwrap_or_default();
        match with(|state| state.expected(n)) {
            Some(user) if user == record.user_id() => {}
            expected => wrong.push(format!("expected {expected:?}, actual {record:?}")),
        }
    }
}

enum Command {
    Steps(usize),
    EndAll,
    CloseSpans,
}

type Work = (Box<State>, Command);

fn thread(here: usize, work: Receiver<Work>, done: Sender<Box<State>>) {
    for (mut state, command) in work {
        state.here = here;
        STATE.set(Some(state));
        match command {
            Command::Steps(count) => steps(count),
            Command::EndAll => end_all(),
            Command::CloseSpans => {
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
    let wrong = Arc::<WrongRecords>::default();
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
    let run_on = |here: usize, state: Box<State>, command: Command| {
        threads[here].send((state, command)).expect("the thread");
        is_done.recv_timeout(std::time::Duration::from_secs(60))
    };
    for seed in 0..4_000 {
        let mut state = Box::new(State {
            rng: Rng::with_seed(seed),
            last_number: 0,
            stacks: BTreeMap::new(),
            depth: 0,
            here: 0,
            threads: Default::default(),
            isolated: (0..3).map(|_| (Scope::isolated(), None)).collect(),
            last_users: vec![None; 3],
            captured: Vec::new(),
            spans: BTreeMap::new(),
            closing: BTreeMap::new(),
            last_n: 0,
            is_ending: false,
            tasks: Vec::new(),
            expected: BTreeMap::new(),
        });
        for _ in 0..state.rng.usize(1..20) {
            let (here, count) = (state.rng.usize(0..THREADS), state.rng.usize(1..8));
            let ended = run_on(here, state, Command::Steps(count));
            state = ended.unwrap_or_else(|_| panic!("the program of seed {seed} failed"));
        }
        for here in 0..THREADS {
            let ended = run_on(here, state, Command::EndAll);
            state = ended.unwrap_or_else(|_| panic!("the program of seed {seed} left entries"));
        }
        let ended = run_on(0, state, Command::CloseSpans);
        state = ended
            .unwrap_or_else(|_| panic!("the program of seed {seed} failed to close its spans"));
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
            "seed {seed} misses records"
        );
    }
}
