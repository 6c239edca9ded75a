//! A span holds a copy of the frame around it and promotes the copy to a stack node on demand. The
//! attribution does not depend on when the promotion happens.

use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use fastrand::Rng;
use tracing::{Dispatch, Span, dispatcher, field, info, info_span};
use tracing_subscriber::layer::SubscriberExt as _;
use whose::{Record, RecordSink, Scope};

/// The name and the user of a record.
type NameAndUser = (String, Option<String>);

#[derive(Clone, Default)]
struct Collector(Arc<Mutex<Vec<NameAndUser>>>);

impl RecordSink for Collector {
    fn record(&self, record: &Arc<Record>) {
        let name = record.message().unwrap_or(record.name()).to_owned();
        let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        seen.push((name, record.user_id().map(String::from)));
    }
}

struct Program {
    rng: Rng,
    spans: Vec<Span>,
    /// Whether the program captures its scope twice before every span. The first capture takes a
    /// copy, and the second capture promotes the frames.
    promotes_at_once: bool,
    dispatch: Dispatch,
}

impl Program {
    fn share(&self) {
        if self.promotes_at_once {
            (0..2).for_each(|_| drop(Scope::current()));
        }
    }

    fn any_span(&mut self) -> Option<Span> {
        let some = !self.spans.is_empty();
        some.then(|| self.spans[self.rng.usize(0..self.spans.len())].clone())
    }

    fn step(&mut self, depth: u32) {
        match self.rng.u8(0..if depth == 0 { 6 } else { 12 }) {
            0 => info!("an event"),
            1 => {
                self.share();
                self.spans.push(info_span!("span"));
            }
            2 => {
                self.share();
                self.spans.push(info_span!("late", user.id = field::Empty));
            }
            3 => {
                if let Some(parent) = self.any_span() {
                    self.share();
                    self.spans.push(info_span!(parent: &parent, "child"));
                    info!(parent: &parent, "in a parent");
                }
            }
            4 => drop(
                self.any_span()
                    .map(|span| span.record("user.id", "late").id()),
            ),
            5 => drop(self.spans.pop()),
            6 => {
                let user = ["alice", "bob", "carol"][self.rng.usize(0..3)];
                whose::user(user).in_scope(|| self.steps(depth - 1));
            }
            7 => {
                let _guard = whose::user("guard").enter();
                self.steps(depth - 1);
            }
            8 => {
                if let Some(span) = self.any_span() {
                    span.in_scope(|| {
                        info!("in a span");
                        self.steps(depth - 1);
                    });
                }
            }
            9 => {
                if let Some(span) = self.any_span() {
                    let dispatch = self.dispatch.clone();
                    let enter = || span.in_scope(|| info!("on another thread"));
                    let run = || whose::user("thread").in_scope(enter);
                    thread::scope(|scope| {
                        scope.spawn(|| dispatcher::with_default(&dispatch, run));
                    });
                }
            }
            10 => Scope::isolated().in_scope(|| {
                self.steps(depth - 1);
                whose::set_user("identified late");
            }),
            // More levels than a captured stack keeps unflattened.
            _ => self.nested(34, depth - 1),
        }
    }

    fn steps(&mut self, depth: u32) {
        (0..self.rng.u32(1..5)).for_each(|_| self.step(depth));
    }

    fn nested(&mut self, levels: u32, depth: u32) {
        match levels {
            0 => self.steps(depth.min(2)),
            _ => whose::user("nested").in_scope(|| self.nested(levels - 1, depth)),
        }
    }
}

fn records_of_program(seed: u64, promotes_at_once: bool) -> Vec<NameAndUser> {
    let seen = Collector::default();
    let layer = whose::layer().with_sink(seen.clone());
    let dispatch = Dispatch::new(tracing_subscriber::registry().with(layer));
    let mut program = Program {
        rng: Rng::with_seed(seed),
        spans: Vec::new(),
        promotes_at_once,
        dispatch: dispatch.clone(),
    };
    let run = move || {
        dispatcher::with_default(&dispatch, || {
            (0..3).for_each(|_| program.steps(6));
            program.spans.clear();
        });
    };
    thread::spawn(run).join().expect("a program that ends");
    let mut seen = seen.0.lock().unwrap_or_else(PoisonError::into_inner);
    std::mem::take(&mut *seen)
}

#[test]
fn node_promoted_late_equals_node_promoted_at_once() {
    for seed in 0..400 {
        let late = records_of_program(seed, false);
        let at_once = records_of_program(seed, true);
        assert_eq!(late, at_once, "program {seed}");
    }
}
