//! Finding the caller of each call, in the order in which records are written.
//!
//! A span is written when it closes, so most calls are written before their callers: they wait for
//! the span around them. A span without a kind passes the waiting calls on to the span around it. A
//! call of a task that outlives its caller comes later, and is looked up among the spans that closed
//! last.

use std::collections::HashMap;

use foldhash::fast::RandomState;

use super::graph_sums::{NodeId, OpenCall};

/// The most calls that wait. When as many wait, their callers are taken for unknown.
const MAX_WAITING: usize = 100_000;
/// The most spans of a generation that are remembered after their close.
const MAX_CLOSED: usize = 100_000;
/// The most spans around a call that are searched.
const MAX_DEPTH: usize = 256;

/// Where a span leads on the way to a caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Caller {
    /// To this node.
    Node(NodeId),
    /// To the caller of the span around it.
    Outer(i64),
    /// To the service: no span is around it.
    Service,
    /// To a span that is in none of the records that were read.
    Unknown,
}

/// Calls, each with its caller. No caller is a [`Caller::Outer`].
pub(super) type FoundCalls = Vec<(Caller, OpenCall)>;

/// The calls whose caller is not known yet, and the spans that closed last.
#[derive(Clone, Debug, Default)]
pub(super) struct Callers {
    waiting: HashMap<i64, Vec<OpenCall>, RandomState>,
    waiting_calls: usize,
    young: HashMap<i64, Caller, RandomState>,
    old: HashMap<i64, Caller, RandomState>,
}

impl Callers {
    /// Finds the caller of a call, or keeps the call until the span around it closes.
    pub(super) fn find(&mut self, outer: Option<i64>, call: OpenCall, found: &mut FoundCalls) {
        match self.resolve(outer) {
            Caller::Outer(span) => {
                self.waiting.entry(span).or_default().push(call);
                self.waiting_calls += 1;
                if self.waiting_calls >= MAX_WAITING {
                    self.finish(found);
                }
            }
            caller => found.push((caller, call)),
        }
    }

    /// The calls that wait for a span.
    pub(super) fn waiting_for(&mut self, span: i64) -> &mut [OpenCall] {
        self.waiting
            .get_mut(&span)
            .map_or(&mut [], Vec::as_mut_slice)
    }

    /// Closes a span: finds the caller of the calls that wait for it, or lets them wait for the span
    /// around it.
    pub(super) fn close(&mut self, span: i64, caller: Caller, found: &mut FoundCalls) {
        self.remember(span, caller);
        let Some(calls) = self.waiting.remove(&span) else {
            return;
        };
        let caller = match caller {
            Caller::Outer(outer) => self.resolve(Some(outer)),
            caller => caller,
        };
        match caller {
            Caller::Outer(outer) => self.wait_for(outer, calls),
            caller => {
                self.waiting_calls -= calls.len();
                found.extend(calls.into_iter().map(|call| (caller, call)));
            }
        }
    }

    /// Gives up the search for the callers of all waiting calls.
    pub(super) fn finish(&mut self, found: &mut FoundCalls) {
        self.waiting_calls = 0;
        let waiting = std::mem::take(&mut self.waiting);
        let calls = waiting.into_values().flatten();
        found.extend(calls.map(|call| (Caller::Unknown, call)));
    }

    fn wait_for(&mut self, span: i64, mut calls: Vec<OpenCall>) {
        let waiting = self.waiting.entry(span).or_default();
        // Moving the shorter list keeps a deep trace fast.
        if waiting.len() < calls.len() {
            std::mem::swap(waiting, &mut calls);
        }
        waiting.append(&mut calls);
    }

    /// Follows the spans that closed already. Returns [`Caller::Outer`] for a span that did not.
    fn resolve(&self, outer: Option<i64>) -> Caller {
        let Some(mut span) = outer else {
            return Caller::Service;
        };
        for _ in 0..MAX_DEPTH {
            match self.young.get(&span).or_else(|| self.old.get(&span)) {
                None => return Caller::Outer(span),
                Some(Caller::Outer(outer)) => span = *outer,
                Some(caller) => return *caller,
            }
        }
        Caller::Unknown
    }

    fn remember(&mut self, span: i64, caller: Caller) {
        if self.young.len() >= MAX_CLOSED {
            self.old = std::mem::take(&mut self.young);
        }
        self.young.insert(span, caller);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call(target: NodeId) -> OpenCall {
        OpenCall {
            target,
            stated_caller: None,
            scope: 0,
            failed: false,
            duration: None,
            weight: 1.0,
            usage: None,
        }
    }

    #[test]
    fn span_inside_itself_has_unknown_caller() {
        let mut callers = Callers::default();
        let mut found = Vec::new();
        callers.close(1, Caller::Outer(2), &mut found);
        callers.close(2, Caller::Outer(1), &mut found);
        callers.find(Some(1), call(7), &mut found);
        callers.find(Some(3), call(8), &mut found);
        // The span 3 is around the call that waits for 3.
        callers.close(3, Caller::Outer(3), &mut found);
        callers.finish(&mut found);
        let found: Vec<_> = found.into_iter().map(|(caller, _)| caller).collect();
        assert_eq!(found, [Caller::Unknown, Caller::Unknown]);
    }

    #[test]
    fn waiting_calls_are_bounded() {
        let mut callers = Callers::default();
        let mut found = Vec::new();
        for span in (0..).take(MAX_WAITING + 5) {
            callers.find(Some(span), call(1), &mut found);
        }
        assert_eq!((found.len(), callers.waiting_calls), (MAX_WAITING, 5));
    }
}
