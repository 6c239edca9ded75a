//! Formats a program as source-like text.

use std::fmt;

use super::{ActorSpec, Explicit, Op, Parent, Place, Program, ScopeData, UserSetting, UserSpec};

impl fmt::Display for Program {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        body(f, &self.0, 0, &mut 0)
    }
}

fn body(f: &mut fmt::Formatter<'_>, ops: &[Op], depth: usize, spans: &mut usize) -> fmt::Result {
    for op in ops {
        write!(f, "{:width$}", "", width = 2 * depth)?;
        match op {
            Op::Within(place, method, ops) => {
                writeln!(f, "{place} by {method:?} {{")?;
                body(f, ops, depth + 1, spans)?;
                writeln!(f, "{:width$}}}", "", width = 2 * depth)?;
            }
            Op::Write(target, write) => writeln!(f, "{target:?}.{write:?}")?,
            Op::Capture(slot) => writeln!(f, "captured[{slot}] = Scope::current()")?,
            Op::CreateSpan(parent, data) => {
                match parent {
                    Parent::Contextual => writeln!(f, "span[{spans}] = span!({data})")?,
                    Parent::Root => writeln!(f, "span[{spans}] = span!(parent: None, {data})")?,
                    Parent::Of(parent) => {
                        writeln!(f, "span[{spans}] = span!(parent: span[{parent}], {data})")?;
                    }
                }
                *spans += 1;
            }
            Op::RecordLate(span, data) => writeln!(f, "span[{span}].record({data})")?,
            Op::DropSpan(span) => writeln!(f, "drop(span[{span}])")?,
            Op::Event(data) => writeln!(f, "event!({data})")?,
            Op::Error(data) => writeln!(f, "error({data})")?,
            Op::Score(data) => writeln!(f, "score({data})")?,
            Op::Yield => writeln!(f, "yield")?,
        }
    }
    Ok(())
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Fixed(data) => write!(f, "fixed({data})"),
            Self::Isolated(data) => write!(f, "isolated({data})"),
            Self::Shared(slot) => write!(f, "shared[{slot}]"),
            Self::Captured(slot) => write!(f, "captured[{slot}]"),
            Self::Span(span) => write!(f, "span[{span}]"),
            Self::Spawned(worker, carry) => write!(f, "spawn({worker:?}, carrying {carry:?})"),
        }
    }
}

impl fmt::Display for ScopeData {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut parts = Vec::new();
        match &self.user {
            UserSetting::Unset => {}
            UserSetting::Anonymous => parts.push("anonymous".to_owned()),
            UserSetting::Is(user_spec) => parts.push(format!("{user_spec:?}")),
        }
        parts.extend(self.session.map(|id| format!("session {id}")));
        parts.extend(self.conversation.map(|id| format!("conversation {id}")));
        parts.extend(self.actors.iter().map(|actor| format!("{actor:?}")));
        parts.extend(
            self.tags
                .iter()
                .map(|(key, value)| format!("{key}={value}")),
        );
        let extra = self.extra.iter();
        parts.extend(extra.map(|(key, value)| format!("extra {key}={value:?}")));
        let contexts = self.contexts.iter();
        parts.extend(contexts.map(|(name, fields)| format!("context {name}={fields:?}")));
        parts.extend(self.remote.then(|| "remote".to_owned()));
        f.write_str(&parts.join(", "))
    }
}

impl fmt::Display for Explicit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parts = [
            ("user.id", self.user_id),
            ("user.email", self.email),
            ("session.id", self.session_id),
            ("gen_ai.conversation.id", self.conversation_id),
            ("tag.t1", self.tag),
        ];
        let parts: Vec<_> = parts
            .iter()
            .filter_map(|(key, value)| value.map(|value| format!("{key}={value}")))
            .collect();
        f.write_str(&parts.join(", "))
    }
}

impl fmt::Debug for ActorSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "actor {} {}", self.kind, self.id)
    }
}

/// Shows only the fields that the user sets.
impl fmt::Debug for UserSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parts = [self.id, self.email, self.segment]
            .into_iter()
            .flatten()
            .map(str::to_owned);
        let attrs = self
            .attrs
            .iter()
            .map(|(key, value)| format!("{key}:{value}"));
        let mark = self.supplement.then(|| "supplement".to_owned());
        let parts: Vec<_> = parts.chain(attrs).chain(mark).collect();
        write!(f, "user {}", parts.join(" "))
    }
}
