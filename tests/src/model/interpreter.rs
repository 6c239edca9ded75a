use std::collections::BTreeMap;

use super::breadcrumbs::{FrameBreadcrumbs, breadcrumbs_of_error};
use super::change::{change, removes_value, writes_of};
use super::span::Span;
use super::stack::{Cells, Frame, Given, Identified, Node, Stack, isolated, nearest_isolated};
use super::{Answer, Flaw, Outcome, ResolvedUser};
use crate::program::{
    Carry, Crumbs, EntryMethod, Op, Place, Program, ScopeData, Target, Worker, Write,
};

/// The outcome that the rules predict for the program. `None` if the outcome depends on how often
/// its futures are polled.
#[must_use]
pub fn predict(program: &Program) -> Option<Outcome> {
    let machine = run(program, None);
    (!machine.is_undecided).then_some(machine.outcome)
}

/// The outcome that a model with this flaw predicts.
#[must_use]
pub fn predict_with(program: &Program, flaw: Flaw) -> Outcome {
    run(program, Some(flaw)).outcome
}

fn run(program: &Program, flaw: Option<Flaw>) -> Machine {
    let mut machine = Machine {
        flaw,
        ..Machine::default()
    };
    let mut here = Here {
        by_runtime: true,
        ..Here::default()
    };
    machine.body(&mut here, &program.0);
    machine.drop_all_spans();
    machine.link();
    machine
}

/// The current state of one task or thread.
#[derive(Clone, Default)]
pub(super) struct Here {
    /// Whether a runtime polls this body, so that it can spawn and await tasks.
    by_runtime: bool,
    pub(super) stack: Stack,
    /// The isolated scope around the entry of a span whose own stack holds none.
    pub(super) around_entry: Option<usize>,
    /// The spans entered here, and whether each of them was entered before.
    pub(super) entered: Vec<(usize, bool)>,
}

impl Here {
    /// The nearest mutable frame, unless it is the global frame.
    pub(super) fn writable(&self, flaw: Option<Flaw>) -> Option<usize> {
        let outer = self
            .around_entry
            .filter(|_| flaw != Some(Flaw::EntryHidesIsolation));
        if flaw == Some(Flaw::WriteGoesOutermost) {
            return isolated(&self.stack).next().or(outer);
        }
        nearest_isolated(&self.stack).or(outer)
    }

    /// The current span of `tracing`.
    pub(super) fn current_span(&self) -> Option<usize> {
        let mut entered = self.entered.iter().rev();
        entered.find(|(_, again)| !again).map(|(span, _)| *span)
    }
}

/// A record without a user.
struct Gap {
    n: u64,
    /// The isolated scope of the record.
    cell: usize,
    /// The number at which the record began.
    started_at: u64,
}

#[derive(Default)]
pub(super) struct Machine {
    pub(super) flaw: Option<Flaw>,
    pub(super) cells: Cells,
    pub(super) spans: Vec<Span>,
    shared: BTreeMap<usize, usize>,
    captured: BTreeMap<usize, Stack>,
    /// The span entries around this place: the stack at the entry, the stack of the span, and
    /// whether the span left the current stack as it was.
    pub(super) decided: Vec<(Stack, Stack, bool)>,
    /// Whether the entry of one of these spans would have another effect now.
    pub(super) is_undecided: bool,
    gaps: Vec<Gap>,
    numbers: u64,
    events: u64,
    /// The number of breadcrumbs so far.
    crumbs: u64,
    pub(super) outcome: Outcome,
}

impl Machine {
    pub(super) fn body(&mut self, here: &mut Here, ops: &[Op]) {
        for op in ops {
            self.step(here, op);
            self.check_entries();
            self.observe(here);
        }
    }

    fn step(&mut self, here: &mut Here, op: &Op) {
        match op {
            Op::Within(place, method, body) => self.within(here, place, *method, body),
            Op::Write(target, write) => self.write(here, *target, write),
            Op::Capture(slot) => {
                self.captured.insert(*slot, here.stack.clone());
            }
            Op::CreateSpan(parent, data) => self.create_span(here, *parent, data),
            Op::RecordLate(span, data) => self.record_late(*span, data),
            Op::DropSpan(span) => {
                self.spans[*span].is_held = false;
                self.close_if_done(*span);
            }
            Op::Event(data) => self.event(here, &data.into()),
            Op::Error(data) => self.error(here, data),
            Op::Score(data) => self.score(here, data),
            Op::Yield => {}
        }
    }

    pub(super) fn observe(&mut self, here: &Here) {
        let answer = self
            .cells
            .resolve(&here.stack, &ScopeData::default(), self.flaw);
        self.outcome.answers.push(answer.into_read());
    }

    /// Each exit undoes its own entry: `here` is restored, whatever the body does.
    fn within(&mut self, here: &Here, place: &Place, method: EntryMethod, body: &[Op]) {
        let mut inside = here.clone();
        inside.by_runtime &= method == EntryMethod::Future || matches!(place, Place::Spawned(..));
        match place {
            Place::Fixed(data) => self.push(&mut inside, Frame::Fixed(data.clone().into())),
            Place::Isolated(data) => {
                let cell = self.open_isolated(data.clone());
                self.push(&mut inside, Frame::Isolated(cell));
                self.observe(&inside);
                self.body(&mut inside, body);
                self.cells.is_open[cell] = false;
                return;
            }
            Place::Shared(slot) => {
                let cell = match self.shared.get(slot) {
                    Some(cell) => *cell,
                    None => self.open_isolated(ScopeData::default()),
                };
                self.shared.insert(*slot, cell);
                self.push(&mut inside, Frame::Isolated(cell));
            }
            Place::Captured(slot) => {
                let captured = self.captured[slot].clone();
                if !(captured.is_empty() && self.flaw == Some(Flaw::EmptyCaptureInherits)) {
                    inside.stack = captured;
                    inside.around_entry = None;
                }
            }
            Place::Span(span) => return self.within_span(inside, *span, body),
            Place::Spawned(worker, carry) => {
                return self.within_spawned(&inside, *worker, *carry, body);
            }
        }
        self.observe(&inside);
        self.body(&mut inside, body);
    }

    /// A task also carries the current `tracing` span of its spawner, which becomes the parent of
    /// its spans.
    fn within_spawned(&mut self, here: &Here, worker: Worker, carry: Carry, body: &[Op]) {
        let carries = carry == Carry::Current || self.flaw == Some(Flaw::SpawnInherits);
        let is_task = worker == Worker::Task && here.by_runtime;
        let span = (is_task && carry == Carry::Current)
            .then(|| here.current_span())
            .flatten()
            .filter(|span| self.entry_changes_nothing(&here.stack, *span));
        let mut inside = Here {
            by_runtime: is_task,
            stack: if carries {
                here.stack.clone()
            } else {
                Stack::new()
            },
            around_entry: None,
            entered: span.map(|span| (span, false)).into_iter().collect(),
        };
        if let Some(span) = span {
            self.spans[span].entries += 1;
        }
        self.observe(&inside);
        self.body(&mut inside, body);
        if let Some(span) = span {
            self.spans[span].entries -= 1;
            self.close_if_done(span);
        }
    }

    fn write(&mut self, here: &Here, target: Target, write: &Write) {
        if let Write::AddBreadcrumbs(crumbs) = write {
            return self.add_breadcrumbs(here, target, *crumbs);
        }
        let flaw = self.flaw;
        if flaw == Some(Flaw::RemovalReachesOutside) && removes_value(write) {
            for cell in isolated(&here.stack) {
                change(&mut self.cells.isolated[cell], write, flaw);
            }
            change(&mut self.cells.global, write, flaw);
        }
        let nearest = here.writable(flaw);
        let cell = match (target, nearest) {
            (Target::Nearest, Some(cell)) => &mut self.cells.isolated[cell],
            (Target::Nearest, None) if !self.reaches_global(Flaw::NothingRefused) => {
                self.outcome.refused += 1;
                return;
            }
            (Target::Nearest, None) | (Target::Global, _) => &mut self.cells.global,
        };
        change(cell, write, flaw);
        if let (Target::Nearest, Some(cell)) = (target, nearest) {
            let number = self.number();
            let data = &self.cells.isolated[cell];
            self.cells.given[cell].update(data, number, flaw);
            Identified::update(&mut self.cells.identified[cell], data, number, flaw);
        }
    }

    /// Whether a flawed model accepts a write outside every isolated scope.
    fn reaches_global(&self, flaw: Flaw) -> bool {
        let is_first = self.cells.isolated.is_empty();
        self.flaw == Some(flaw) || self.flaw == Some(Flaw::FirstWriteReachesGlobal) && is_first
    }

    fn add_breadcrumbs(&mut self, here: &Here, target: Target, crumbs: Crumbs) {
        let flaw = self.flaw;
        let first = self.crumbs;
        self.crumbs += u64::from(crumbs.count);
        let nearest = match flaw {
            Some(Flaw::CrumbGoesOutermost) => here.writable(Some(Flaw::WriteGoesOutermost)),
            _ => here.writable(flaw),
        };
        let breadcrumbs = match (target, nearest) {
            (Target::Nearest, Some(cell)) => &mut self.cells.breadcrumbs[cell],
            (Target::Nearest, None) if !self.reaches_global(Flaw::NoCrumbRefused) => {
                self.outcome.refused += u64::from(crumbs.count);
                return;
            }
            (Target::Nearest, None) | (Target::Global, _) => &mut self.cells.global_breadcrumbs,
        };
        breadcrumbs.add(crumbs, first, flaw);
    }

    fn event(&mut self, here: &Here, data: &ScopeData) {
        let n = self.next_event();
        let mut answer = self.cells.resolve(&here.stack, data, self.flaw);
        if self.flaw == Some(Flaw::EventsShowCrumbs) {
            answer.breadcrumbs = self.breadcrumbs(here);
        }
        let started_at = self.number();
        self.record(n, answer, &here.stack, started_at);
    }

    /// Keeps a record, and the isolated scope of a record without a user. `started_at` is the
    /// number at which the record began.
    pub(super) fn record(&mut self, n: u64, answer: Answer, stack: &Stack, started_at: u64) {
        let cell = nearest_isolated(stack).filter(|_| answer.user == ResolvedUser::Unknown);
        self.gaps.extend(cell.map(|cell| Gap {
            n,
            cell,
            started_at,
        }));
        self.outcome.records.insert(n, answer);
    }

    /// Links the records without a user to the users of their isolated scopes.
    fn link(&mut self) {
        if self.flaw == Some(Flaw::NoLink) {
            return;
        }
        for Gap {
            n,
            cell,
            started_at,
        } in &self.gaps
        {
            let identified = self.cells.identified[*cell].as_ref();
            let is_later = |it: &&Identified| {
                *started_at < it.number || self.flaw == Some(Flaw::LinkReachesLater)
            };
            if let Some(identified) = identified.filter(is_later) {
                self.outcome.linked.insert(*n, identified.answer());
            }
        }
    }

    /// A score is an event with data that applies to that record only.
    fn score(&mut self, here: &Here, data: &ScopeData) {
        match self.flaw {
            Some(Flaw::ScoreLoses) => self.event(here, &ScopeData::default()),
            _ => self.event(here, data),
        }
        if self.flaw == Some(Flaw::ScoreIsWritten) {
            for write in writes_of(data) {
                self.write(here, Target::Nearest, &write);
            }
        }
    }

    /// The data of an error report applies to that record only.
    fn error(&mut self, here: &Here, data: &ScopeData) {
        let n = self.next_event();
        let nothing = ScopeData::default();
        let explicit = match self.flaw {
            Some(Flaw::ReportLoses) => &nothing,
            _ => data,
        };
        let mut answer = self.cells.resolve(&here.stack, explicit, self.flaw);
        if !(self.flaw == Some(Flaw::AnonymousHidesBreadcrumbs)
            && answer.user == ResolvedUser::Anonymous)
        {
            answer.breadcrumbs = self.breadcrumbs(here);
        }
        let started_at = self.number();
        self.record(n, answer, &here.stack, started_at);
        if self.flaw == Some(Flaw::ReportIsWritten) {
            for write in writes_of(data) {
                self.write(here, Target::Nearest, &write);
            }
        }
    }

    /// The breadcrumbs of an error. Every mutable frame of the stack counts once, outermost first.
    /// Inside a span whose stack holds no isolated scope, the isolated scope around the entry of
    /// the span counts, because writes change that scope.
    fn breadcrumbs(&self, here: &Here) -> Vec<u64> {
        let flaw = self.flaw;
        let mut cells: Vec<usize> = Vec::new();
        for cell in isolated(&here.stack) {
            if !cells.contains(&cell) || flaw == Some(Flaw::CrumbsOfEveryEntry) {
                cells.push(cell);
            }
        }
        if cells.is_empty() && flaw != Some(Flaw::EntryHidesCrumbs) {
            cells.extend(here.around_entry);
        }
        let hides_global = flaw == Some(Flaw::NoGlobalCrumbs) && !cells.is_empty();
        let global = (!hides_global).then_some(&self.cells.global_breadcrumbs);
        let own = cells.iter().map(|cell| &self.cells.breadcrumbs[*cell]);
        let mut breadcrumbs: Vec<&FrameBreadcrumbs> = global.into_iter().chain(own).collect();
        if flaw == Some(Flaw::OnlyNearestCrumbs) {
            breadcrumbs.drain(..breadcrumbs.len() - 1);
        }
        breadcrumbs_of_error(breadcrumbs.into_iter(), flaw)
    }

    fn next_event(&mut self) -> u64 {
        self.events += 1;
        event_number(self.events - 1)
    }

    fn push(&mut self, here: &mut Here, frame: Frame) {
        let number = self.number();
        here.stack.push(Node { number, frame });
    }

    fn open_isolated(&mut self, data: ScopeData) -> usize {
        let mut given = Given::default();
        let number = self.number();
        given.update(&data, number, self.flaw);
        self.cells.given.push(given);
        let mut identified = None;
        Identified::update(&mut identified, &data, number, self.flaw);
        self.cells.identified.push(identified);
        self.cells.isolated.push(data);
        self.cells.is_open.push(true);
        self.cells.breadcrumbs.push(FrameBreadcrumbs::default());
        self.cells.isolated.len() - 1
    }

    pub(super) fn number(&mut self) -> u64 {
        self.numbers += 1;
        self.numbers
    }
}

/// The number of a span in its field `n`. Spans have even numbers.
#[must_use]
pub fn span_number(span: usize) -> u64 {
    span as u64 * 2
}

/// The number of an event in its field `n`, or of an error in its message. Both have odd numbers.
#[must_use]
pub fn event_number(event: u64) -> u64 {
    event * 2 + 1
}
