//! The agent and the tool around a model call.

use crate::layer::span_table::SpanTable;
use crate::model::{ActorKind, Value};
use crate::names::{gen_ai, WireName};
use crate::record::{Kind, Record};

/// The most spans around a call that are searched, so that a deep recursion with a call at each level
/// takes linear time.
const MAX_DEPTH: usize = 256;

/// Whether the record is a model call. Most records are refused by the names of their fields.
#[inline]
pub(crate) fn is_call(record: &Record) -> bool {
    let mut fields = record.fields.iter();
    fields.any(|(name, _)| gen_ai::may_count_tokens(name)) && record.model_usage().is_some()
}

/// Adds the agent and the tool around a model call to the fields of the call.
///
/// A name that the call has itself stays. `around` is the nearest open span around the call. The names
/// are fields, so the rules and the scrubber of a policy apply to them.
pub(crate) fn add_agent_and_tool(call: &mut Record, spans: &SpanTable, around: Option<u64>) {
    let is_missing = |name: WireName| name.spellings().all(|name| call.field(name).is_none());
    let mut agent = Search::new(gen_ai::AGENT, Kind::Agent, is_missing(gen_ai::AGENT));
    let mut tool = Search::new(gen_ai::TOOL, Kind::Tool, is_missing(gen_ai::TOOL));
    let mut next = around;
    for _ in 0..MAX_DEPTH {
        let Some(id) = next.filter(|_| agent.is_open || tool.is_open) else {
            break;
        };
        let outer = spans.with(id, |open| {
            for search in [&mut agent, &mut tool] {
                search.ask(open.so_far());
            }
            open.parent
        });
        next = outer.flatten();
    }
    // An agent that acts for the user, where no span states an agent: a scope that crossed a spawn.
    if agent.is_open {
        let mut actors = call.attribution.actors();
        let acting = actors.find(|actor| actor.kind() == ActorKind::Agent);
        agent.found = acting.map(|actor| Value::from(actor.id()));
    }
    for Search { name, found, .. } in [agent, tool] {
        if let Some(value) = found {
            call.fields.push((name.name, value));
        }
    }
}

/// A search for the nearest span of a kind.
struct Search {
    name: WireName,
    kind: Kind,
    is_open: bool,
    found: Option<Value>,
}

impl Search {
    fn new(name: WireName, kind: Kind, is_open: bool) -> Self {
        Self {
            name,
            kind,
            is_open,
            found: None,
        }
    }

    /// Takes the name of a span of the kind: the field, or else the name of the span.
    fn ask(&mut self, span: &Record) {
        if !self.is_open || span.kind() != Some(self.kind) {
            return;
        }
        let mut spellings = self.name.spellings();
        let field =
            spellings.find_map(|name| span.field(name)?.as_str().filter(|it| !it.is_empty()));
        self.found = Some(Value::from(field.unwrap_or(span.name)));
        self.is_open = false;
    }
}
