//! The steps of a block without an `.await`.

use std::mem::forget;

use tracing::Span;
use whose::{Guard, Scope};

use super::program::Program;
use super::truth::Truth;

/// How deep blocks nest.
const DEEPEST: u32 = 3;

impl Program {
    /// Some steps of synchronous code, each of which leaves the frames as they were.
    pub(super) fn block(&mut self, truth: &Truth, depth: u32) {
        for _ in 0..self.rng.u8(1..4) {
            self.check(truth);
            if depth < DEEPEST && !truth.is_deep() {
                self.block_step(truth, depth + 1);
                self.check(truth);
            }
        }
    }

    fn block_step(&mut self, truth: &Truth, depth: u32) {
        match self.rng.u8(0..18) {
            0..3 => {
                let (scope, says) = self.scope();
                scope.in_scope(|| self.block(&truth.with(says), depth));
            }
            3..5 => self.guards(truth, depth),
            5 => self.new_span(truth, depth),
            6..8 => {
                if let Some((span, inside)) = self.own_span(truth) {
                    self.enter(&span, &inside, depth);
                }
            }
            8 => {
                if let Some((span, theirs)) = self.kept_span() {
                    let inside = truth.entered(&theirs, self.is_one_thread);
                    inside.inspect(|inside| self.enter(&span, inside, depth));
                }
            }
            9 => {
                if let Some((scope, theirs)) = self.kept_scope() {
                    scope.in_scope(|| self.block(&theirs, depth));
                }
            }
            10 => Scope::detached().in_scope(|| self.block(&Truth::default(), depth)),
            11..13 => self.write(truth),
            13 => self.isolated_block(truth, depth),
            14 => self.annotated_block(truth, depth),
            15 => self.leaked(truth),
            16 => self.guard_past_span(truth),
            _ => self.keep_scope(truth),
        }
    }

    /// A guard that is never dropped ends with the closure around it.
    fn leaked(&mut self, truth: &Truth) {
        let (scope, outside) = self.any_scope(truth);
        scope.in_scope(|| {
            let (scope, inside) = self.any_scope(&outside);
            forget(scope.enter());
            self.check(&inside);
        });
        self.check(truth);
    }

    /// A guard that is dropped after the span in which it began ends with the span, if entering the
    /// span changed anything.
    fn guard_past_span(&mut self, truth: &Truth) {
        let Some((span, inside)) = self.own_span(truth) else {
            return;
        };
        let entered = span.enter();
        let (scope, says) = self.scope();
        let deeper = inside.with(says);
        let guard = scope.enter();
        self.check(&deeper);
        drop(entered);
        self.check(match inside.is(truth) {
            true => &deeper,
            false => truth,
        });
        drop(guard);
        self.check(truth);
    }

    /// A span of this program, with the frames inside of it.
    pub(super) fn own_span(&mut self, truth: &Truth) -> Option<(Span, Truth)> {
        let (span, theirs) = self.rng.choice(self.spans.iter())?;
        let inside = truth.entered(theirs, self.is_one_thread)?;
        Some((span.clone(), inside))
    }

    /// Guards that end in some order: one that is dropped out of order ends those on top of it.
    fn guards(&mut self, truth: &Truth, depth: u32) {
        let mut open: Vec<(Option<Guard>, Truth)> = Vec::new();
        let mut truth = truth.clone();
        for _ in 0..self.rng.u8(1..4) {
            let outside = truth.clone();
            let (scope, inside) = self.any_scope(&truth);
            open.push((Some(scope.enter()), outside));
            truth = inside;
            self.check(&truth);
        }
        self.block(&truth, depth);
        let mut alive = open.len();
        let mut order: Vec<usize> = (0..alive).collect();
        if self.rng.bool() {
            self.rng.shuffle(&mut order);
        } else {
            order.reverse();
        }
        for place in order {
            let (guard, outside) = &mut open[place];
            *guard = None;
            if place < alive {
                alive = place;
                truth = outside.clone();
            }
            self.check(&truth);
        }
    }

    /// A fixed scope, a captured one, or none.
    pub(super) fn any_scope(&mut self, truth: &Truth) -> (Scope, Truth) {
        let captured = match self.rng.u8(0..6) {
            0 => self.kept_scope(),
            1 => Some((Scope::detached(), Truth::default())),
            _ => None,
        };
        captured.unwrap_or_else(|| {
            let (scope, says) = self.scope();
            (scope, truth.with(says))
        })
    }

    fn new_span(&mut self, truth: &Truth, depth: u32) {
        let span = self.span(truth);
        match self.rng.u8(0..4) {
            0 => self.keep_span(span.clone(), truth),
            1 | 2 => self.keep_own_span(span.clone(), truth),
            _ => {}
        }
        span.in_scope(|| self.block(truth, depth));
    }

    fn enter(&mut self, span: &Span, inside: &Truth, depth: u32) {
        if self.rng.bool() {
            span.in_scope(|| self.block(inside, depth));
        } else {
            let _entered = span.enter();
            self.block(inside, depth);
        }
    }

    fn isolated_block(&mut self, truth: &Truth, depth: u32) {
        let (scope, is_closure) = (Scope::isolated(), self.rng.bool());
        let (inside, request) = truth.isolated();
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
        request.end();
    }
}
