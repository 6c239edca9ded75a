//! Turns a draft into a program. The plan resolves the spans that the draft picks at random and
//! removes the steps whose effect the rules do not decide.

use std::collections::BTreeSet;

use super::{Carry, EntryMethod, Explicit, Op, Parent, Place, ScopeData, Target, Worker, Write};

/// A step of a draft. A span is picked by a number modulo the number of spans.
#[derive(Clone, Debug)]
pub(super) enum Draft {
    Within(DraftPlace, EntryMethod, Vec<Draft>),
    Write(Target, Write),
    Capture(usize),
    CreateSpan(DraftParent, Explicit),
    RecordLate(u8, Explicit),
    DropSpan(u8),
    Event(Explicit),
    Error(ScopeData),
    Score(ScopeData),
    Yield,
}

#[derive(Clone, Debug)]
pub(super) enum DraftPlace {
    Fixed(ScopeData),
    Isolated(ScopeData),
    Shared(usize),
    Captured(usize),
    Span(u8),
    NewSpan(DraftParent, Explicit),
    Spawned(Worker, Carry),
}

#[derive(Clone, Copy, Debug)]
pub(super) enum DraftParent {
    Contextual,
    Root,
    Of(u8),
}

/// The existing spans on which a program may record.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Late {
    /// Spans for which the rules decide the effect.
    Decided,
    /// Every span that is a frame.
    Anywhere,
}

pub(super) fn plan(drafts: &[Draft], late: Late) -> Vec<Op> {
    let mut planner = Planner {
        late,
        spans: Vec::new(),
        captured: BTreeSet::new(),
    };
    let mut ops = Vec::new();
    planner.body(drafts, None, &mut ops);
    ops
}

struct Planner {
    late: Late,
    spans: Vec<Planned>,
    captured: BTreeSet<usize>,
}

struct Planned {
    root: bool,
    held: bool,
    entered: u32,
}

impl Planner {
    /// Plans a body. `inside` is the span of the nearest entry around the body.
    fn body(&mut self, drafts: &[Draft], inside: Option<usize>, ops: &mut Vec<Op>) {
        for draft in drafts {
            match draft {
                Draft::Within(place, method, body) => {
                    self.within(place, *method, body, inside, ops)
                }
                Draft::Write(target, write) => ops.push(Op::Write(*target, write.clone())),
                Draft::Capture(slot) => {
                    self.captured.insert(*slot);
                    ops.push(Op::Capture(*slot));
                }
                Draft::CreateSpan(parent, data) => self.create(*parent, data, ops),
                Draft::RecordLate(pick, data) => {
                    if let Some(span) = self
                        .pick(*pick)
                        .filter(|span| self.may_record(*span, inside))
                    {
                        ops.push(Op::RecordLate(span, data.clone()));
                    }
                }
                Draft::DropSpan(pick) => {
                    if let Some(span) = self.pick(*pick) {
                        self.spans[span].held = false;
                        ops.push(Op::DropSpan(span));
                    }
                }
                Draft::Event(data) => ops.push(Op::Event(data.clone())),
                Draft::Error(data) => ops.push(Op::Error(data.clone())),
                Draft::Score(data) => ops.push(Op::Score(data.clone())),
                Draft::Yield => ops.push(Op::Yield),
            }
        }
    }

    fn within(
        &mut self,
        place: &DraftPlace,
        method: EntryMethod,
        body: &[Draft],
        inside: Option<usize>,
        ops: &mut Vec<Op>,
    ) {
        let place = match place {
            DraftPlace::Fixed(data) => Some(Place::Fixed(data.clone())),
            DraftPlace::Isolated(data) => Some(Place::Isolated(data.clone())),
            DraftPlace::Shared(slot) => Some(Place::Shared(*slot)),
            DraftPlace::Captured(slot) => self
                .captured
                .contains(slot)
                .then_some(Place::Captured(*slot)),
            DraftPlace::Span(pick) => self.pick(*pick).map(Place::Span),
            DraftPlace::NewSpan(parent, data) => {
                self.create(*parent, data, ops);
                Some(Place::Span(self.spans.len() - 1))
            }
            DraftPlace::Spawned(worker, carry) => Some(Place::Spawned(*worker, *carry)),
        };
        let Some(place) = place else {
            // The place does not exist yet: the body runs in the current place.
            return self.body(body, inside, ops);
        };
        let mut planned = Vec::new();
        if let Place::Span(span) = place {
            self.spans[span].entered += 1;
            self.body(body, Some(span), &mut planned);
            self.spans[span].entered -= 1;
        } else {
            self.body(body, None, &mut planned);
        }
        ops.push(Op::Within(place, method, planned));
    }

    fn create(&mut self, parent: DraftParent, data: &Explicit, ops: &mut Vec<Op>) {
        let parent = match parent {
            DraftParent::Contextual => Parent::Contextual,
            DraftParent::Root => Parent::Root,
            DraftParent::Of(pick) => self.pick(pick).map_or(Parent::Contextual, Parent::Of),
        };
        let root = parent == Parent::Root;
        // The rules do not decide whether explicit data on a span without a parent is a frame.
        let data = if root {
            Explicit::default()
        } else {
            data.clone()
        };
        self.spans.push(Planned {
            root,
            held: true,
            entered: 0,
        });
        ops.push(Op::CreateSpan(parent, data));
    }

    /// A span whose handle the program still has. Small numbers pick late spans.
    fn pick(&self, pick: u8) -> Option<usize> {
        let held: Vec<usize> = (0..self.spans.len())
            .rev()
            .filter(|span| self.spans[*span].held)
            .collect();
        held.get(usize::from(pick) % held.len().max(1)).copied()
    }

    /// Whether to record on the span here. If other frames surround the entry of the span, or a
    /// span inside the span is entered, the rules do not decide the effect. A span inside another
    /// span is created later, so its number is higher.
    fn may_record(&self, span: usize, inside: Option<usize>) -> bool {
        let Planned { root, entered, .. } = self.spans[span];
        let is_quiet_inside = self.spans[span + 1..]
            .iter()
            .all(|later| later.entered == 0);
        let is_decided =
            is_quiet_inside && (entered == 0 || (entered == 1 && inside == Some(span)));
        !root && (is_decided || self.late == Late::Anywhere)
    }
}
