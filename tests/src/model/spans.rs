use super::Flaw;
use super::interpreter::{Here, Machine, span_number};
use super::span::{Span, record_late_data};
use super::stack::{Frame, Node, Stack, holds, isolated, nearest_isolated};
use crate::program::{Explicit, Op, Parent, ScopeData, UserSetting};

impl Machine {
    /// An entry replaces the whole stack, unless the scope of the span is already on the stack or
    /// the stack of the span holds no identity. The frames of empty spans are pushed even then,
    /// because a late record on such a span applies from its recording on.
    pub(super) fn within_span(&mut self, mut inside: Here, span: usize, body: &[Op]) {
        let own = self.spans[span].stack();
        let is_frame = (self.spans[span].is_frame || self.flaw == Some(Flaw::RootIsFrame))
            && self.flaw != Some(Flaw::SpanIsNoFrame);
        let always = self.flaw == Some(Flaw::EntryAlwaysReplaces);
        let mut decided = None;
        let entered_already = own
            .last()
            .is_none_or(|top| holds(&inside.stack, top.number));
        if is_frame && (!entered_already || always) {
            match self.replacement(&inside.stack, span, own.clone()) {
                Some(stack) if self.gives_way(&inside.stack, &stack) => {
                    decided = Some((inside.stack.clone(), stack, true));
                }
                Some(stack) => {
                    decided = Some((inside.stack.clone(), stack.clone(), false));
                    inside.around_entry = inside.writable(self.flaw);
                    inside.stack = stack;
                }
                None if always && self.cells.is_worth_entering(&own, self.flaw) => {
                    inside.stack = own
                }
                None => {
                    let missing = |node: &Node| {
                        matches!(node.frame, Frame::OfSpan(_)) && !holds(&inside.stack, node.number)
                    };
                    let of_spans: Vec<_> = own.into_iter().filter(missing).collect();
                    inside.stack.extend(of_spans);
                }
            }
        }
        let has_decided = decided.is_some();
        self.decided.extend(decided);
        let again = inside.entered.iter().any(|(other, _)| *other == span);
        inside.entered.push((span, again));
        self.spans[span].entries += 1;
        self.observe(&inside);
        self.body(&mut inside, body);
        if has_decided {
            self.decided.pop();
        }
        self.spans[span].entries -= 1;
        self.close_if_done(span);
    }

    /// Marks the outcome as undecided if the next poll of a future would enter a span differently,
    /// because a scope was identified or has ended since the entry.
    pub(super) fn check_entries(&mut self) {
        let has_changed = |(current, own, gave_way): &(Stack, Stack, bool)| {
            self.gives_way(current, own) != *gave_way
        };
        let has_changed = self.decided.iter().any(has_changed);
        self.is_undecided |= has_changed;
    }

    /// Whether the current stack stays in place of the stack of a span: the request of the span has
    /// ended, and the current request is open, or ended and younger, or a fixed scope with a user.
    fn gives_way(&self, current: &Stack, own: &Stack) -> bool {
        let flaw = self.flaw;
        let Some(own_cell) = nearest_isolated(own) else {
            return false;
        };
        if isolated(current).any(|cell| cell == own_cell) {
            return false;
        }
        let is_around = |node: &&Node| match node.frame {
            Frame::Isolated(cell) => isolated(own).any(|other| other == cell),
            _ => holds(own, node.number),
        };
        let here: Stack = current
            .iter()
            .rev()
            .take_while(|node| !is_around(node))
            .cloned()
            .collect();
        let has_ended = !self.cells.is_open[own_cell] || flaw == Some(Flaw::OpenSpanGivesWay);
        let is_fixed = |node: &Node| matches!(&node.frame, Frame::Fixed(data) if data.user != UserSetting::Unset);
        let gives_way = match isolated(&here).next() {
            Some(cell) if flaw == Some(Flaw::OldestRequestWins) => {
                has_ended && (self.cells.is_open[cell] || own_cell > cell)
            }
            // Cells are numbered in the order in which they open.
            Some(cell) => has_ended && (self.cells.is_open[cell] || own_cell < cell),
            None => has_ended && here.iter().any(is_fixed),
        };
        gives_way && flaw != Some(Flaw::EndedSpanReplaces)
    }

    /// Whether entering the span does not change the current stack.
    pub(super) fn is_noop_entry(&mut self, current: &Stack, span: usize) -> bool {
        let own = self.spans[span].stack();
        let is_present = own.last().is_none_or(|top| holds(current, top.number));
        let missing =
            |node: &Node| matches!(node.frame, Frame::OfSpan(_)) && !holds(current, node.number);
        !self.spans[span].is_frame
            || is_present
            || !own.iter().any(missing) && self.replacement(current, span, own).is_none()
    }

    /// The stack that replaces the current stack. The stack of a span is the stack of its creation.
    /// A span that was created without a user and is identified while entered has the stack of the
    /// entry.
    fn replacement(&mut self, current: &Stack, span: usize, own: Stack) -> Option<Stack> {
        let scope = own
            .iter()
            .rposition(|node| !self.spans.iter().any(|span| span.is_late(node)));
        let scope = scope.map_or(&[][..], |last| &own[..=last]);
        // A late record does not add an identity to a scope without one.
        let original: Stack = scope
            .iter()
            .filter(|node| !self.spans.iter().any(|span| span.is_identified_late(node)))
            .cloned()
            .collect();
        if self.cells.is_worth_entering(&original, self.flaw) {
            let is_present = self.positions(current).starts_with(&self.positions(scope));
            return (!is_present).then_some(own);
        }
        if !self.cells.is_worth_entering(&own, self.flaw) {
            self.spans[span].entered_on = Some(self.positions(current));
            return None;
        }
        let around = self.spans[span].entered_on.as_ref();
        (around != Some(&self.positions(current))).then_some(own)
    }

    /// The numbers of the nodes that identify a position on a stack, outermost first. The frame of
    /// a span without data at its creation is no such node, because it appears on several stacks.
    fn positions(&self, stack: &[Node]) -> Vec<u64> {
        let is_late = |node: &Node| self.spans.iter().any(|span| span.is_late(node));
        let nodes = stack.iter().filter(|node| !is_late(node));
        nodes.map(|node| node.number).collect()
    }

    pub(super) fn create_span(&mut self, here: &Here, parent: Parent, data: &Explicit) {
        let current = here.current_span();
        let is_frame = parent != Parent::Root;
        let (parent, around) = match parent {
            Parent::Contextual => (current, here.stack.clone()),
            Parent::Root => (None, here.stack.clone()),
            // A span takes the current stack if its parent is no frame.
            Parent::Of(span) if !self.spans[span].is_frame => (Some(span), here.stack.clone()),
            Parent::Of(span) => {
                let own = self.spans[span].stack();
                let is_out = self.gives_way(&here.stack, &own);
                (Some(span), if is_out { here.stack.clone() } else { own })
            }
        };
        if let Some(parent) = parent {
            self.spans[parent].open_children += 1;
        }
        let frame = Node {
            number: self.number(),
            frame: Frame::OfSpan(self.spans.len()),
        };
        let mut span = Span::new(around, frame, &self.cells, self.flaw);
        let data = ScopeData::from(data);
        let has_data = data != ScopeData::default();
        self.cells
            .spans
            .push(has_data.then(|| data.clone()).into_iter().collect());
        if has_data {
            span.apply_fields(data);
        }
        span.is_frame = is_frame;
        span.parent = parent;
        self.spans.push(span);
    }

    /// A late record holds for the span and for everything inside the span from then on.
    pub(super) fn record_late(&mut self, span: usize, data: &Explicit) {
        let late = ScopeData::from(data);
        self.spans[span].record(late.clone(), &self.cells, self.flaw);
        if self.flaw != Some(Flaw::LateStaysOutside) {
            record_late_data(&mut self.cells.spans[span], late);
        }
    }

    pub(super) fn drop_all_spans(&mut self) {
        for span in 0..self.spans.len() {
            self.spans[span].is_held = false;
            self.close_if_done(span);
        }
    }

    /// A span closes when no handle, no entry and no open child holds it.
    pub(super) fn close_if_done(&mut self, span: usize) {
        if !self.spans[span].may_close() {
            return;
        }
        self.spans[span].is_closed = true;
        let answer = self.spans[span].finish(&self.cells, self.flaw);
        let (around, started_at) = self.spans[span].creation();
        self.record(span_number(span), answer, &around, started_at);
        if let Some(parent) = self.spans[span].parent {
            self.spans[parent].open_children -= 1;
            self.close_if_done(parent);
        }
    }
}
