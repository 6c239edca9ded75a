//! The steps of a block without an `.await`.

use std::mem::forget;

use tracing::Span;
use whose::{Guard, Scope};

use super::frames::ExpectedFrames;
use super::program::Program;

/// The nesting depth of blocks.
const MAX_DEPTH: u32 = 3;

impl Program {
    /// Runs synchronous steps. Each step restores the frames.
    pub(super) fn block(&mut self, frames: &ExpectedFrames, depth: u32) {
        for _ in 0..self.rng.u8(1..4) {
            self.check(frames);
            if depth < MAX_DEPTH && !frames.is_deep() {
                self.block_step(frames, depth + 1);
                self.check(frames);
            }
        }
    }

    fn block_step(&mut self, frames: &ExpectedFrames, depth: u32) {
        match self.rng.u8(0..18) {
            0..3 => {
                let (scope, data) = self.scope();
                scope.in_scope(|| self.block(&frames.with(data), depth));
            }
            3..5 => self.guards(frames, depth),
            5 => self.new_span(frames, depth),
            6..8 => {
                if let Some((span, inside)) = self.own_span(frames) {
                    self.enter(&span, &inside, depth);
                }
            }
            8 => {
                if let Some((span, theirs)) = self.kept_span() {
                    let inside = frames.entered(&theirs, self.is_one_thread);
                    inside.inspect(|inside| self.enter(&span, inside, depth));
                }
            }
            9 => {
                if let Some((scope, theirs)) = self.kept_scope() {
                    scope.in_scope(|| self.block(&theirs, depth));
                }
            }
            10 => Scope::detached().in_scope(|| self.block(&ExpectedFrames::default(), depth)),
            11..13 => self.write(frames),
            13 => self.isolated_block(frames, depth),
            14 => self.annotated_block(frames, depth),
            15 => self.leaked(frames),
            16 => self.guard_past_span(frames),
            _ => self.keep_scope(frames),
        }
    }

    /// A guard that is never dropped ends with the closure around it.
    fn leaked(&mut self, frames: &ExpectedFrames) {
        let (scope, outside) = self.any_scope(frames);
        scope.in_scope(|| {
            let (scope, inside) = self.any_scope(&outside);
            forget(scope.enter());
            self.check(&inside);
        });
        self.check(frames);
    }

    /// A guard that opens inside an entered span ends with the span if entering the span changed
    /// the stack, even if the guard is dropped later.
    fn guard_past_span(&mut self, frames: &ExpectedFrames) {
        let Some((span, inside)) = self.own_span(frames) else {
            return;
        };
        let entered = span.enter();
        let (scope, data) = self.scope();
        let deeper = inside.with(data);
        let guard = scope.enter();
        self.check(&deeper);
        drop(entered);
        self.check(match inside.is(frames) {
            true => &deeper,
            false => frames,
        });
        drop(guard);
        self.check(frames);
    }

    /// A span of this program, with the frames inside the span.
    pub(super) fn own_span(&mut self, frames: &ExpectedFrames) -> Option<(Span, ExpectedFrames)> {
        let (span, theirs) = self.rng.choice(self.spans.iter())?;
        let inside = frames.entered(theirs, self.is_one_thread)?;
        Some((span.clone(), inside))
    }

    /// Guards that are dropped in a random order. A guard that is dropped out of order ends the
    /// guards on top of the guard.
    fn guards(&mut self, frames: &ExpectedFrames, depth: u32) {
        let mut open: Vec<(Option<Guard>, ExpectedFrames)> = Vec::new();
        let mut frames = frames.clone();
        for _ in 0..self.rng.u8(1..4) {
            let outside = frames.clone();
            let (scope, inside) = self.any_scope(&frames);
            open.push((Some(scope.enter()), outside));
            frames = inside;
            self.check(&frames);
        }
        self.block(&frames, depth);
        let mut alive = open.len();
        let mut order: Vec<usize> = (0..alive).collect();
        if self.rng.bool() {
            self.rng.shuffle(&mut order);
        } else {
            order.reverse();
        }
        for node in order {
            let (guard, outside) = &mut open[node];
            *guard = None;
            if node < alive {
                alive = node;
                frames = outside.clone();
            }
            self.check(&frames);
        }
    }

    /// A fixed scope, a captured scope or the empty scope.
    pub(super) fn any_scope(&mut self, frames: &ExpectedFrames) -> (Scope, ExpectedFrames) {
        let captured = match self.rng.u8(0..6) {
            0 => self.kept_scope(),
            1 => Some((Scope::detached(), ExpectedFrames::default())),
            _ => None,
        };
        captured.unwrap_or_else(|| {
            let (scope, data) = self.scope();
            (scope, frames.with(data))
        })
    }

    fn new_span(&mut self, frames: &ExpectedFrames, depth: u32) {
        let span = self.span(frames);
        match self.rng.u8(0..4) {
            0 => self.keep_span(span.clone(), frames),
            1 | 2 => self.keep_own_span(span.clone(), frames),
            _ => {}
        }
        span.in_scope(|| self.block(frames, depth));
    }

    fn enter(&mut self, span: &Span, inside: &ExpectedFrames, depth: u32) {
        if self.rng.bool() {
            span.in_scope(|| self.block(inside, depth));
        } else {
            let _entered = span.enter();
            self.block(inside, depth);
        }
    }

    fn isolated_block(&mut self, frames: &ExpectedFrames, depth: u32) {
        let (scope, is_closure) = (Scope::isolated(), self.rng.bool());
        let (inside, isolated_scope) = frames.isolated();
        let mut writes = || {
            self.block(&inside, depth);
            self.write(&inside);
            self.block(&inside, depth);
        };
        if is_closure {
            scope.in_scope(writes);
        } else {
            let _guard = scope.enter();
            writes();
        }
        isolated_scope.end();
    }
}
