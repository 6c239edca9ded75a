//! The steps of a program that awaits.

use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use tokio::task::{JoinSet, yield_now};
use tracing::Instrument as _;
use whose::task::JoinSetExt as _;
use whose::{Scope, ScopeExt as _};

use super::frames::ExpectedFrames;
use super::isolated_scope::IsolatedScope;
use super::program::{Program, ProgramFuture, pause};

/// Checks once more when a future is dropped, perhaps before its completion.
struct CheckOnDrop {
    program: Program,
    frames: ExpectedFrames,
}

impl Drop for CheckOnDrop {
    fn drop(&mut self) {
        self.program.check(&self.frames);
    }
}

/// Ends the model of an isolated scope after the future of the scope.
struct EndOnDrop(Arc<IsolatedScope>);

impl Drop for EndOnDrop {
    fn drop(&mut self) {
        self.0.end();
    }
}

impl Program {
    /// Runs random steps and checks the expected frames before and after each step.
    pub(super) fn run(mut self, frames: ExpectedFrames) -> ProgramFuture {
        Box::pin(async move {
            let _check_on_drop = (self.rng.u8(0..4) == 0).then(|| CheckOnDrop {
                program: self.part(),
                frames: frames.clone(),
            });
            for _ in 0..self.rng.u8(1..6) {
                if self.is_over() {
                    return;
                }
                self.check(&frames);
                self.step(&frames).await;
                self.check(&frames);
            }
        })
    }

    pub(super) async fn step(&mut self, frames: &ExpectedFrames) {
        let kinds = if self.may_nest(frames) { 26 } else { 10 };
        match self.rng.u8(0..kinds) {
            0..3 => yield_now().await,
            3 => self.wait().await,
            4 => self.block(frames, 0),
            5 => self.write(frames),
            6 => self.submit_to_pool(frames),
            7 => self.submit(frames),
            8 => self.blocking(frames).await,
            9 => self.drive_somewhere(frames),
            10..13 => self.inside_scope(frames).await,
            13..15 => self.inside_isolated(frames).await,
            15 => self.inside_captured(frames).await,
            16..18 => self.inside_span(frames).await,
            18 => self.annotated(frames).await,
            19 => self.cancelled(frames).await,
            20 => self.siblings(frames).await,
            22 if self.rng.u8(0..8) == 0 => self.install(frames),
            23 => self.joined(frames).await,
            _ => self.spawned(frames).await,
        }
    }

    async fn wait(&mut self) {
        match self.rng.u8(0..32) {
            0 => tokio::time::sleep(Duration::from_micros(100)).await,
            _ => pause().await,
        }
    }

    async fn inside_scope(&mut self, frames: &ExpectedFrames) {
        let (scope, inside) = self.any_scope(frames);
        let part = self.task(&inside);
        part.run(inside).with_scope(scope).await;
    }

    /// A request that sets its user and clears it again.
    async fn inside_isolated(&mut self, frames: &ExpectedFrames) {
        let (inside, isolated_scope) = frames.isolated();
        let _ends = EndOnDrop(isolated_scope);
        let mut part = self.part();
        let writes = async move {
            for _ in 0..part.rng.u8(1..4) {
                part.write(&inside);
                part.check(&inside);
                part.part().run(inside.clone()).await;
            }
        };
        let writes: ProgramFuture = Box::pin(writes);
        writes.with_scope(Scope::isolated()).await;
    }

    async fn inside_captured(&mut self, frames: &ExpectedFrames) {
        match self.kept_scope() {
            Some((scope, theirs)) => self.part().run(theirs).with_scope(scope).await,
            None => self.keep_scope(frames),
        }
    }

    async fn inside_span(&mut self, frames: &ExpectedFrames) {
        let span = self.span(frames);
        if self.rng.bool() {
            self.keep_own_span(span.clone(), frames);
        }
        self.part().run(frames.clone()).instrument(span).await;
    }

    /// A future that `select!` or a timeout drops before its completion.
    async fn cancelled(&mut self, frames: &ExpectedFrames) {
        let (scope, data) = self.scope();
        let inside = frames.with(data);
        let inner = self.part().run(inside).with_scope(scope);
        let polls = self.rng.u8(1..4);
        let enough = async {
            for _ in 0..polls {
                pause().await;
            }
        };
        if self.rng.u8(0..16) == 0 {
            drop(tokio::time::timeout(Duration::from_millis(1), inner).await);
            return;
        }
        tokio::select! {
            () = inner => {}
            () = enough => {}
        }
    }

    /// Futures with their own scopes, which one task polls concurrently.
    async fn siblings(&mut self, frames: &ExpectedFrames) {
        let is_joined = self.rng.bool();
        let mut sibling = || {
            let (scope, data) = self.scope();
            let inside = frames.with(data);
            self.part().run(inside).with_scope(scope)
        };
        if is_joined {
            tokio::join!(sibling(), sibling());
        } else {
            let mut all: FuturesUnordered<_> = (0..3).map(|_| sibling()).collect();
            while all.next().await.is_some() {}
        }
    }

    /// Several concurrent tasks, one of which panics.
    async fn joined(&mut self, frames: &ExpectedFrames) {
        let given = frames.captured();
        let mut set = JoinSet::new();
        for _ in 0..3 {
            let task = self.task(&given);
            set.spawn_scoped(task.run(given.clone()));
        }
        let mut blocking = self.thread(&given);
        set.spawn_blocking_scoped(move || blocking.block(&given, 1));
        set.spawn_scoped(async { panic!("on purpose") });
        while let Some(ended) = set.join_next().await {
            if let Err(error) = ended {
                let is_wrong = error
                    .try_into_panic()
                    .is_ok_and(|payload| payload.downcast_ref::<&str>() != Some(&"on purpose"));
                if is_wrong {
                    self.shared.checker.failed(&"a joined task");
                }
            }
        }
    }

    async fn spawned(&mut self, frames: &ExpectedFrames) {
        let (nothing, given) = (ExpectedFrames::default(), frames.captured());
        let unscoped = self.task(&nothing);
        let task = self.task(&given);
        let ended = match self.rng.u8(0..7) {
            0 => tokio::spawn(unscoped.run(nothing)).await,
            1 => return drop(whose::task::spawn(task.run(given))),
            2 => return drop(tokio::spawn(unscoped.run(nothing))),
            3 => tokio::spawn(task.run(given).with_current_scope()).await,
            4 => {
                let span = self.span(frames);
                let Some(inside) = nothing.entered(frames, false) else {
                    return;
                };
                tokio::spawn(task.run(inside).instrument(span)).await
            }
            5 => {
                let aborted = whose::task::spawn(task.run(given));
                self.wait().await;
                return aborted.abort();
            }
            _ => whose::task::spawn(task.run(given)).await,
        };
        if let Err(error) = ended {
            self.shared.checker.failed(&error);
        }
    }

    /// As [`drive`](Self::drive), perhaps inside `block_in_place`.
    fn drive_somewhere(&mut self, frames: &ExpectedFrames) {
        if !self.shared.is_one_thread() && self.rng.u8(0..8) == 0 {
            tokio::task::block_in_place(|| self.drive(frames));
        } else {
            self.drive(frames);
        }
    }

    /// A closure that polls futures to completion in the same task.
    fn drive(&mut self, frames: &ExpectedFrames) {
        let (scope, inside) = self.any_scope(frames);
        scope.in_scope(|| {
            futures_executor::block_on(async {
                self.check(&inside);
                pause().await;
                self.check(&inside);
                let (scope, data) = self.scope();
                let deeper = inside.with(data);
                let inner = async {
                    self.check(&deeper);
                    pause().await;
                    self.block(&deeper, 2);
                };
                inner.with_scope(scope).await;
                self.check(&inside);
            });
        });
    }
}
