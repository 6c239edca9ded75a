use std::collections::BTreeMap;

use super::span::{Span, record_over};
use super::stack::{Cells, Frame, Node, Stack, change, holds, isolated, nearest_isolated};
use super::{Flaw, Outcome};
use crate::program::{Carry, Explicit, Op, Parent, Place, Program, Says, Target, Write};

/// What the rules say that the program shows.
#[must_use]
pub fn predict(program: &Program) -> Outcome {
    predict_with(program, None)
}

/// What a model with this flaw says that the program shows.
#[must_use]
pub fn predict_with(program: &Program, flaw: Option<Flaw>) -> Outcome {
    let mut machine = Machine {
        flaw,
        ..Machine::default()
    };
    machine.body(&mut Here::default(), &program.0);
    machine.drop_all_spans();
    machine.outcome
}

/// Where a program is: what is current on one task or thread.
#[derive(Clone, Default)]
struct Here {
    stack: Stack,
    /// The isolated scope around the entry of a span whose own stack holds none.
    around_entry: Option<usize>,
    /// The spans entered here, and whether each was entered here before.
    entered: Vec<(usize, bool)>,
}

impl Here {
    /// The nearest mutable frame, unless that is the global layer.
    fn writable(&self, flaw: Option<Flaw>) -> Option<usize> {
        let outer = self
            .around_entry
            .filter(|_| flaw != Some(Flaw::EntryHidesIsolation));
        if flaw == Some(Flaw::WriteGoesOutermost) {
            return isolated(&self.stack).next().or(outer);
        }
        nearest_isolated(&self.stack).or(outer)
    }
}

#[derive(Default)]
struct Machine {
    flaw: Option<Flaw>,
    cells: Cells,
    /// Whether an isolated scope has been opened.
    serves_many: bool,
    spans: Vec<Span>,
    shared: BTreeMap<usize, usize>,
    captured: BTreeMap<usize, Stack>,
    numbers: u64,
    events: u64,
    outcome: Outcome,
}

impl Machine {
    fn body(&mut self, here: &mut Here, ops: &[Op]) {
        for op in ops {
            self.step(here, op);
            self.observe(here);
        }
    }

    fn step(&mut self, here: &mut Here, op: &Op) {
        match op {
            Op::Within(place, _, body) => self.within(here, place, body),
            Op::Write(target, write) => self.write(here, *target, write),
            Op::Capture(slot) => {
                self.captured.insert(*slot, here.stack.clone());
            }
            Op::CreateSpan(parent, says) => self.create_span(here, *parent, says),
            Op::RecordLate(span, says) => self.record_late(*span, says),
            Op::DropSpan(span) => {
                self.spans[*span].is_held = false;
                self.close_if_done(*span);
            }
            Op::Event(says) => {
                let n = event_number(self.events);
                self.events += 1;
                let answer = self.cells.resolve(&here.stack, &says.into(), self.flaw);
                self.outcome.records.insert(n, answer);
            }
            Op::Yield => {}
        }
    }

    fn observe(&mut self, here: &Here) {
        let answer = self.cells.resolve(&here.stack, &Says::default(), self.flaw);
        self.outcome.answers.push(answer);
    }

    /// Each exit undoes its own entry: `here` is as it was, whatever the body did.
    fn within(&mut self, here: &Here, place: &Place, body: &[Op]) {
        let mut inside = here.clone();
        match place {
            Place::Fixed(says) => self.push(&mut inside, Frame::Fixed(says.clone())),
            Place::Isolated(says) => {
                let cell = self.open_isolated(says.clone());
                self.push(&mut inside, Frame::Isolated(cell));
            }
            Place::Shared(slot) => {
                let cell = match self.shared.get(slot) {
                    Some(cell) => *cell,
                    None => self.open_isolated(Says::default()),
                };
                self.shared.insert(*slot, cell);
                self.push(&mut inside, Frame::Isolated(cell));
            }
            Place::Captured(slot) => {
                let captured = self.captured[slot].clone();
                if !captured.is_empty() {
                    inside.stack = captured;
                    inside.around_entry = None;
                }
            }
            Place::Span(span) => return self.within_span(inside, *span, body),
            Place::Spawned(_, carry) => {
                let carries = *carry == Carry::Current || self.flaw == Some(Flaw::SpawnInherits);
                let stack = if carries { inside.stack } else { Stack::new() };
                inside = Here {
                    stack,
                    ..Here::default()
                };
            }
        }
        self.observe(&inside);
        self.body(&mut inside, body);
    }

    /// Entering replaces the stack whole, unless the span's scope is on it already, or the
    /// span's stack holds nothing to carry. What may yet be recorded on a span counts from then
    /// on, so the frames of spans that say nothing yet go on top.
    fn within_span(&mut self, mut inside: Here, span: usize, body: &[Op]) {
        let own = self.spans[span].stack();
        let is_frame = (self.spans[span].is_frame || self.flaw == Some(Flaw::RootIsFrame))
            && self.flaw != Some(Flaw::SpanIsNoFrame);
        let always = self.flaw == Some(Flaw::EntryAlwaysReplaces);
        let entered_already = own
            .last()
            .is_none_or(|top| holds(&inside.stack, top.number));
        if is_frame && (!entered_already || always) {
            match self.replacement(&inside.stack, span, own.clone()) {
                Some(stack) => {
                    inside.around_entry = inside.writable(self.flaw);
                    inside.stack = stack;
                }
                None if always && self.cells.is_worth_entering(&own) => inside.stack = own,
                None => {
                    let missing = |node: &Node| {
                        matches!(node.frame, Frame::OfSpan(_)) && !holds(&inside.stack, node.number)
                    };
                    let of_spans: Vec<_> = own.into_iter().filter(missing).collect();
                    inside.stack.extend(of_spans);
                }
            }
        }
        let again = inside.entered.iter().any(|(other, _)| *other == span);
        inside.entered.push((span, again));
        self.spans[span].entries += 1;
        self.observe(&inside);
        self.body(&mut inside, body);
        self.spans[span].entries -= 1;
        self.close_if_done(span);
    }

    /// The stack that takes the place of the current one. A span belongs where it was created; one
    /// that was created where nobody was, and is identified while it is entered, belongs there.
    fn replacement(&mut self, current: &Stack, span: usize, own: Stack) -> Option<Stack> {
        let is_there = |stack: &[Node]| stack.last().is_some_and(|top| holds(current, top.number));
        let scope = own
            .iter()
            .rposition(|node| !self.spans.iter().any(|span| span.is_late(node)));
        let scope = scope.map(|last| &own[..=last]);
        if let Some(scope) = scope.filter(|scope| self.cells.is_worth_entering(scope)) {
            return (!is_there(scope)).then_some(own);
        }
        if !self.cells.is_worth_entering(&own) {
            self.spans[span].entered_on = Some(self.innermost_place(current));
            return None;
        }
        let around = self.spans[span].entered_on;
        (around != Some(self.innermost_place(current))).then_some(own)
    }

    /// The innermost node where a span could belong, which the frame of one that was identified
    /// late is not; 0 where there is none.
    fn innermost_place(&self, stack: &Stack) -> u64 {
        let is_late = |node: &Node| self.spans.iter().any(|span| span.is_late(node));
        let place = stack.iter().rfind(|node| !is_late(node));
        place.map_or(0, |node| node.number)
    }

    fn write(&mut self, here: &Here, target: Target, write: &Write) {
        let flaw = self.flaw;
        let cell = match (target, here.writable(flaw)) {
            (Target::Nearest, Some(cell)) => &mut self.cells.isolated[cell],
            (Target::Nearest, None) if self.serves_many && flaw != Some(Flaw::NothingRefused) => {
                self.outcome.refused += 1;
                return;
            }
            (Target::Nearest, None) | (Target::Global, _) => &mut self.cells.global,
        };
        change(cell, write, flaw);
    }

    fn create_span(&mut self, here: &Here, parent: Parent, says: &Explicit) {
        let current = here
            .entered
            .iter()
            .rev()
            .find(|(_, again)| !again)
            .map(|(span, _)| *span);
        let is_frame = parent != Parent::Root;
        let (parent, around) = match parent {
            Parent::Contextual => (current, here.stack.clone()),
            Parent::Root => (None, here.stack.clone()),
            // A span whose parent is no frame takes what is current.
            Parent::Of(span) if !self.spans[span].is_frame => (Some(span), here.stack.clone()),
            Parent::Of(span) => (Some(span), self.spans[span].stack()),
        };
        if let Some(parent) = parent {
            self.spans[parent].open_children += 1;
        }
        let frame = Node {
            number: self.number(),
            frame: Frame::OfSpan(self.spans.len()),
        };
        let mut span = Span::new(around, frame, &self.cells, self.flaw);
        let says = Says::from(says);
        let is_said = says != Says::default();
        self.cells
            .spans
            .push(is_said.then(|| says.clone()).into_iter().collect());
        if is_said {
            span.say(says);
        }
        span.is_frame = is_frame;
        span.parent = parent;
        self.spans.push(span);
    }

    /// A late record holds for the span, and for whatever is inside it from then on.
    fn record_late(&mut self, span: usize, says: &Explicit) {
        let late = Says::from(says);
        self.spans[span].record(late.clone(), &self.cells, self.flaw);
        if self.flaw != Some(Flaw::LateStaysOutside) {
            record_over(&mut self.cells.spans[span], late);
        }
    }

    fn push(&mut self, here: &mut Here, frame: Frame) {
        let number = self.number();
        here.stack.push(Node { number, frame });
    }

    fn open_isolated(&mut self, says: Says) -> usize {
        self.serves_many = true;
        self.cells.isolated.push(says);
        self.cells.isolated.len() - 1
    }

    fn number(&mut self) -> u64 {
        self.numbers += 1;
        self.numbers
    }

    fn drop_all_spans(&mut self) {
        for span in 0..self.spans.len() {
            self.spans[span].is_held = false;
            self.close_if_done(span);
        }
    }

    /// A span closes when nothing holds it: no handle, no entry, no open child.
    fn close_if_done(&mut self, span: usize) {
        if !self.spans[span].may_close() {
            return;
        }
        self.spans[span].is_closed = true;
        let answer = self.spans[span].settle(&self.cells, self.flaw);
        self.outcome.records.insert(span_number(span), answer);
        if let Some(parent) = self.spans[span].parent {
            self.spans[parent].open_children -= 1;
            self.close_if_done(parent);
        }
    }
}

/// The number that a span has in its field `n`: spans are even.
#[must_use]
pub fn span_number(span: usize) -> u64 {
    span as u64 * 2
}

/// The number that an event has in its field `n`: events are odd.
#[must_use]
pub fn event_number(event: u64) -> u64 {
    event * 2 + 1
}
