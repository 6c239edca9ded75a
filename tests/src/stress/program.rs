//! The state of a program and the steps that every program takes.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use fastrand::Rng;
use tracing::Span;
use whose::{Scope, User};

use super::frames::ExpectedFrames;
use super::ids::{OTHERS, TAG, USERS};
use super::isolated_scope::{IsolatedScope, ScopeData, UserSetting};
use super::shared::{Shared, keep, lock};

/// The nesting depth of programs.
const MAX_DEPTH: u32 = 4;
/// The number of spans that a program keeps for itself.
const OWN_SPANS: usize = 3;

/// A program: random steps, each of which checks the expected frames.
pub(super) struct Program {
    pub(super) shared: Arc<Shared>,
    pub(super) rng: Rng,
    /// The seed of the outermost program.
    pub(super) seed: u64,
    depth: u32,
    /// Whether one thread polls all readers of the isolated scopes of this program.
    pub(super) is_one_thread: bool,
    /// Spans to enter again, each with the frames of its creation.
    pub(super) spans: Vec<(Span, ExpectedFrames)>,
}

impl Program {
    pub(super) fn new(shared: Arc<Shared>, seed: u64) -> Self {
        Self {
            is_one_thread: shared.is_one_thread(),
            shared,
            rng: Rng::with_seed(seed),
            seed,
            depth: 0,
            spans: Vec::new(),
        }
    }

    /// A part of this program, in the same task.
    pub(super) fn part(&mut self) -> Self {
        Self {
            shared: self.shared.clone(),
            rng: self.rng.fork(),
            seed: self.seed,
            depth: self.depth + 1,
            is_one_thread: self.is_one_thread,
            spans: self.spans.clone(),
        }
    }

    /// A program for another task, with these frames.
    pub(super) fn task(&mut self, given: &ExpectedFrames) -> Self {
        let mut task = self.part();
        if !self.is_one_thread {
            given.seal();
            task.spans.clear();
        }
        task
    }

    /// A program for a thread of another pool, with these frames.
    pub(super) fn thread(&mut self, given: &ExpectedFrames) -> Self {
        given.seal();
        let mut thread = self.part();
        thread.spans.clear();
        thread.is_one_thread = false;
        thread
    }

    pub(super) fn is_over(&self) -> bool {
        self.shared.is_over()
    }

    pub(super) fn may_nest(&self, frames: &ExpectedFrames) -> bool {
        self.depth < MAX_DEPTH && !frames.is_deep()
    }

    /// Emits records and reads the current attribution.
    #[track_caller]
    pub(super) fn check(&mut self, frames: &ExpectedFrames) {
        let (ids, seed, checker) = (frames.ids(), self.seed, self.shared.checker);
        for _ in 0..self.rng.u8(1..4) {
            checker.event(ids, seed);
        }
        checker.read(ids, seed);
        match self.rng.u8(..) {
            0..4 => checker.error(ids, None, seed),
            4..6 => checker.error(ids, Some(self.number(USERS)), seed),
            6..32 => drop(checker.span(frames, seed)),
            _ => {}
        }
    }

    pub(super) fn span(&self, frames: &ExpectedFrames) -> Span {
        self.shared.checker.span(frames, self.seed)
    }

    fn number(&mut self, below: u32) -> u32 {
        self.rng.u32(1..below)
    }

    pub(super) fn user(&mut self) -> u32 {
        self.number(USERS)
    }

    /// A random fixed scope with its data.
    pub(super) fn scope(&mut self) -> (Scope, ScopeData) {
        let mut data = ScopeData::default();
        let (scope, user) = match self.rng.u8(0..8) {
            0 => (Scope::new(), UserSetting::Unset),
            1 => (whose::anonymous(), UserSetting::Anonymous),
            kind => {
                let user = self.user();
                (
                    whose::user(user_of_kind(user, kind)),
                    UserSetting::User(user),
                )
            }
        };
        data.user = user;
        self.with_more(scope, data)
    }

    /// Adds a random session and tag to the scope.
    fn with_more(&mut self, mut scope: Scope, mut data: ScopeData) -> (Scope, ScopeData) {
        if self.rng.u8(0..4) == 0 {
            data.session = self.number(OTHERS);
            scope = scope.session(data.session);
        }
        if self.rng.u8(0..4) == 0 || data == ScopeData::default() {
            data.tag = self.number(OTHERS);
            scope = scope.tag(TAG, data.tag);
        }
        (scope, data)
    }

    /// A random write to the innermost isolated scope, if any.
    pub(super) fn write(&mut self, frames: &ExpectedFrames) {
        match frames.target() {
            Some(isolated_scope) if !isolated_scope.is_sealed() => self.write_into(isolated_scope),
            Some(_) => {}
            None => whose::set_user(self.user()),
        }
    }

    fn write_into(&mut self, isolated_scope: &IsolatedScope) {
        let (user, other) = (self.user(), self.number(OTHERS));
        match self.rng.u8(0..10) {
            kind @ 0..4 => {
                whose::set_user(user_of_kind(user, kind));
                isolated_scope.write(|data| data.user = UserSetting::User(user));
            }
            4 => {
                whose::clear_user();
                isolated_scope.write(|data| data.user = UserSetting::Unset);
            }
            5 => {
                whose::set_anonymous();
                isolated_scope.write(|data| data.user = UserSetting::Anonymous);
            }
            6 => {
                whose::set_session(other);
                isolated_scope.write(|data| data.session = other);
            }
            7 => {
                whose::clear_session();
                isolated_scope.write(|data| data.session = 0);
            }
            8 => {
                whose::set_tag(TAG, other);
                isolated_scope.write(|data| data.tag = other);
            }
            _ => {
                whose::remove_tag(TAG);
                isolated_scope.write(|data| data.tag = 0);
            }
        }
    }

    /// Whether the program may share values with other tasks and take theirs.
    fn is_shared(&self) -> bool {
        self.is_one_thread == self.shared.is_one_thread()
    }

    /// Shares the current scope with other tasks.
    pub(super) fn keep_scope(&mut self, frames: &ExpectedFrames) {
        if self.is_shared() {
            if !self.is_one_thread {
                frames.seal();
            }
            let kept = (Scope::current(), frames.captured());
            keep(&self.shared.scopes, &mut self.rng, kept);
        }
    }

    /// A scope that a task has shared, perhaps with additional data.
    pub(super) fn kept_scope(&mut self) -> Option<(Scope, ExpectedFrames)> {
        if !self.is_shared() {
            return None;
        }
        let kept = self.rng.choice(lock(&self.shared.scopes).iter()).cloned();
        let (scope, frames) = kept?;
        if self.rng.u8(0..4) > 0 || frames.is_deep() {
            return Some((scope, frames));
        }
        let (user, data) = (self.user(), ScopeData::default());
        let (scope, data) = self.with_more(
            scope.user(user),
            ScopeData {
                user: UserSetting::User(user),
                ..data
            },
        );
        Some((scope, frames.with(data)))
    }

    /// Shares a span created with these frames with other tasks.
    pub(super) fn keep_span(&mut self, span: Span, frames: &ExpectedFrames) {
        if self.is_shared() {
            if !self.is_one_thread {
                frames.seal();
            }
            keep(&self.shared.spans, &mut self.rng, (span, frames.clone()));
        }
    }

    /// A span that a task has shared.
    pub(super) fn kept_span(&mut self) -> Option<(Span, ExpectedFrames)> {
        if !self.is_shared() {
            return None;
        }
        self.rng.choice(lock(&self.shared.spans).iter()).cloned()
    }

    /// Keeps a span for this program and its parts.
    pub(super) fn keep_own_span(&mut self, span: Span, frames: &ExpectedFrames) {
        if self.spans.len() == OWN_SPANS {
            let oldest = self.rng.usize(0..OWN_SPANS);
            drop(self.spans.swap_remove(oldest));
        }
        self.spans.push((span, frames.clone()));
    }
}

/// The user with this number, built in one of several ways.
fn user_of_kind(user: u32, kind: u8) -> User {
    match kind {
        0 | 2 => User::new(format!("{user:030}")),
        1 | 3 => User::new(user.to_string()).with_email("user@example.com"),
        _ => User::new(user),
    }
}

/// Yields once to other tasks. The future wakes itself, so every executor can poll it.
pub(super) fn pause() -> impl Future<Output = ()> + Send {
    let mut is_polled = false;
    std::future::poll_fn(move |context: &mut Context<'_>| {
        if is_polled {
            return Poll::Ready(());
        }
        is_polled = true;
        context.waker().wake_by_ref();
        Poll::Pending
    })
}

pub(super) type ProgramFuture = Pin<Box<dyn Future<Output = ()> + Send>>;
