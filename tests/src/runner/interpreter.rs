use std::collections::BTreeMap;
use std::future::Future;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use tracing::instrument::WithSubscriber as _;
use tracing::{Dispatch, Instrument as _, Span, dispatcher, info, info_span};
use whose::{Scope, ScopeExt as _};

use super::block_on::{Body, YieldOnce, block_on};
use super::convert::{Numbered, answer, report, scope, score};
use super::lock;
use super::write::write;
use crate::model::{Answer, event_number, span_number};
use crate::program::{
    Carry, EntryMethod, Explicit, Op, Parent, Place, ScopeData, Target, Worker, Write,
};

/// One run of a program, shared by its tasks and threads.
pub(super) struct Run {
    /// Carries only the global frame of the program.
    base: Scope,
    spans: Mutex<Vec<Option<Span>>>,
    captured: Mutex<BTreeMap<usize, Scope>>,
    shared: Mutex<BTreeMap<usize, Scope>>,
    answers: Mutex<Vec<Answer>>,
    left_behind: Mutex<Vec<Answer>>,
    events: AtomicU64,
    crumbs: AtomicU64,
}

/// The executor of a body.
#[derive(Clone, Copy, PartialEq)]
enum Polled {
    /// The runtime: the body may await tasks.
    ByRuntime,
    /// [`block_on`], on a thread inside a guard or a closure.
    Here,
}

/// The future of a whole program.
pub(super) fn run_program(run: Arc<Run>, ops: Vec<Op>) -> impl Future<Output = ()> + Send {
    body(run, ops, Polled::ByRuntime)
}

impl Run {
    pub(super) fn new(base: Scope) -> Self {
        Self {
            base,
            spans: Mutex::default(),
            captured: Mutex::default(),
            shared: Mutex::default(),
            answers: Mutex::default(),
            left_behind: Mutex::default(),
            events: AtomicU64::default(),
            crumbs: AtomicU64::default(),
        }
    }

    /// Takes the answers, and the attributions left behind.
    pub(super) fn take_answers(&self) -> (Vec<Answer>, Vec<Answer>) {
        let take = |answers| std::mem::take(&mut *lock(answers));
        (take(&self.answers), take(&self.left_behind))
    }

    /// Keeps the current attribution, where nothing should be current.
    pub(super) fn expect_nothing(&self) {
        let now = answer(&whose::current());
        if now != Answer::default() {
            lock(&self.left_behind).push(now);
        }
    }

    /// Spans dropped while the list is locked would call sinks under the lock.
    pub(super) fn drop_all_spans(&self) {
        let spans = std::mem::take(&mut *lock(&self.spans));
        drop(spans);
    }

    fn observe(&self) {
        let now = answer(&whose::current());
        lock(&self.answers).push(now);
    }

    /// The handle of a span that the program has not dropped. The plan guarantees that the span
    /// exists.
    fn span(&self, span: usize) -> Span {
        lock(&self.spans)
            .get(span)
            .cloned()
            .flatten()
            .unwrap_or_else(Span::none)
    }

    fn create_span(&self, parent: Parent, data: &Explicit) {
        let n = span_number(lock(&self.spans).len());
        let Explicit {
            user_id,
            email,
            session_id,
            conversation_id,
            tag,
        } = *data;
        let span = match parent {
            Parent::Contextual => {
                info_span!(
                    "span",
                    n,
                    user.id = user_id,
                    user.email = email,
                    session.id = session_id,
                    gen_ai.conversation.id = conversation_id,
                    tag.t1 = tag
                )
            }
            Parent::Root => {
                info_span!(parent: None, "span", n, user.id = user_id, user.email = email, session.id = session_id, gen_ai.conversation.id = conversation_id, tag.t1 = tag)
            }
            Parent::Of(parent) => {
                let parent = self.span(parent);
                info_span!(parent: &parent, "span", n, user.id = user_id, user.email = email, session.id = session_id, gen_ai.conversation.id = conversation_id, tag.t1 = tag)
            }
        };
        lock(&self.spans).push(Some(span));
    }

    fn record_late(&self, span: usize, data: &Explicit) {
        let span = self.span(span);
        if let Some(id) = data.user_id {
            span.record("user.id", id);
        }
        if let Some(id) = data.session_id {
            span.record("session.id", id);
        }
        if let Some(id) = data.conversation_id {
            span.record("gen_ai.conversation.id", id);
        }
        if let Some(tag) = data.tag {
            span.record("tag.t1", tag);
        }
    }

    fn drop_span(&self, span: usize) {
        let handle = lock(&self.spans).get_mut(span).and_then(Option::take);
        drop(handle);
    }

    fn event(&self, data: &Explicit) {
        let n = self.next_event();
        let Explicit {
            user_id,
            email,
            session_id,
            conversation_id,
            tag,
        } = *data;
        info!(
            n,
            user.id = user_id,
            user.email = email,
            session.id = session_id,
            gen_ai.conversation.id = conversation_id,
            tag.t1 = tag,
            "event"
        );
    }

    fn error(&self, data: &ScopeData) {
        report(whose::error(&Numbered(self.next_event())), data);
    }

    fn score(&self, data: &ScopeData) {
        score(self.next_event(), data);
    }

    fn write(&self, target: Target, change: &Write) {
        let count = match change {
            Write::AddBreadcrumbs(crumbs) => u64::from(crumbs.count),
            _ => 0,
        };
        let first = self.crumbs.fetch_add(count, Ordering::Relaxed);
        write(target, change, first);
    }

    fn next_event(&self) -> u64 {
        event_number(self.events.fetch_add(1, Ordering::Relaxed))
    }

    /// The scope of a place, if the place is a scope.
    fn scope(&self, place: &Place) -> Option<Scope> {
        Some(match place {
            Place::Fixed(data) => scope(Scope::new(), data),
            Place::Isolated(data) => scope(Scope::isolated(), data),
            Place::Shared(slot) => lock(&self.shared)
                .entry(*slot)
                .or_insert_with(Scope::isolated)
                .clone(),
            Place::Captured(slot) => lock(&self.captured).get(slot)?.clone(),
            Place::Span(_) | Place::Spawned(..) => return None,
        })
    }
}

fn body(run: Arc<Run>, ops: Vec<Op>, polled: Polled) -> Body {
    Box::pin(async move {
        for op in ops {
            match op {
                Op::Within(place, method, ops) => within(&run, place, method, ops, polled).await,
                Op::Write(target, change) => run.write(target, &change),
                Op::Capture(slot) => {
                    lock(&run.captured).insert(slot, Scope::current());
                }
                Op::CreateSpan(parent, data) => run.create_span(parent, &data),
                Op::RecordLate(span, data) => run.record_late(span, &data),
                Op::DropSpan(span) => run.drop_span(span),
                Op::Event(data) => run.event(&data),
                Op::Error(data) => run.error(&data),
                Op::Score(data) => run.score(&data),
                Op::Yield => YieldOnce::default().await,
            }
            run.observe();
        }
    })
}

/// A body that observes the current attribution at its start.
fn observed_body(run: &Arc<Run>, ops: Vec<Op>, polled: Polled) -> Body {
    let run = Arc::clone(run);
    Box::pin(async move {
        run.observe();
        body(run, ops, polled).await;
    })
}

async fn within(run: &Arc<Run>, place: Place, method: EntryMethod, ops: Vec<Op>, polled: Polled) {
    match place {
        Place::Spawned(worker, carry) => spawned(run, worker, carry, ops, polled).await,
        Place::Span(span) => {
            let span = run.span(span);
            match method {
                EntryMethod::Guard => enter_span(span, observed_body(run, ops, Polled::Here)),
                EntryMethod::Closure => {
                    span.in_scope(|| block_on(observed_body(run, ops, Polled::Here)))
                }
                EntryMethod::Future => observed_body(run, ops, polled).instrument(span).await,
            }
        }
        place => {
            let Some(scope) = run.scope(&place) else {
                return;
            };
            match method {
                EntryMethod::Guard => enter_scope(scope, observed_body(run, ops, Polled::Here)),
                EntryMethod::Closure => {
                    scope.in_scope(|| block_on(observed_body(run, ops, Polled::Here)))
                }
                EntryMethod::Future => observed_body(run, ops, polled).with_scope(scope).await,
            }
        }
    }
}

/// Not inline in the async function, because a task that holds a guard must not move to another
/// thread.
fn enter_scope(scope: Scope, body: Body) {
    let _guard = scope.enter();
    block_on(body);
}

fn enter_span(span: Span, body: Body) {
    let _entered = span.entered();
    block_on(body);
}

async fn spawned(run: &Arc<Run>, worker: Worker, carry: Carry, ops: Vec<Op>, polled: Polled) {
    let dispatch = dispatcher::get_default(Dispatch::clone);
    if worker == Worker::Task && polled == Polled::ByRuntime {
        let ops = observed_body(run, ops, polled);
        let done = match carry {
            Carry::Current => whose::task::spawn(ops.with_subscriber(dispatch)).await,
            Carry::Nothing => {
                let (run, base) = (Arc::clone(run), run.base.clone());
                let bare = async move {
                    run.expect_nothing();
                    ops.with_scope(base).await;
                };
                tokio::spawn(bare.with_subscriber(dispatch)).await
            }
        };
        return done.unwrap_or_else(|error| resume(error.into_panic()));
    }
    let ops = observed_body(run, ops, Polled::Here);
    let (bare, base) = (Arc::clone(run), run.base.clone());
    let current = Scope::current();
    let work = move || {
        dispatcher::with_default(&dispatch, || match carry {
            Carry::Current => current.in_scope(|| block_on(ops)),
            Carry::Nothing => {
                bare.expect_nothing();
                base.in_scope(|| block_on(ops));
            }
        });
    };
    if worker == Worker::Thread || polled == Polled::Here {
        std::thread::spawn(work).join().unwrap_or_else(resume);
    } else {
        let done = tokio::task::spawn_blocking(work).await;
        done.unwrap_or_else(|error| resume(error.into_panic()));
    }
}

/// Resumes the panic of a task or thread in the waiting test.
fn resume(panic: Box<dyn std::any::Any + Send>) {
    std::panic::resume_unwind(panic)
}
