//! Shows a program as a person would write it down.

use std::fmt;

use super::{Claim, Explicit, Op, Parent, Person, Place, Program, Says};

impl fmt::Display for Program {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        body(f, &self.0, 0, &mut 0)
    }
}

fn body(f: &mut fmt::Formatter<'_>, ops: &[Op], depth: usize, spans: &mut usize) -> fmt::Result {
    for op in ops {
        write!(f, "{:width$}", "", width = 2 * depth)?;
        match op {
            Op::Within(place, how, ops) => {
                writeln!(f, "{place} by {how:?} {{")?;
                body(f, ops, depth + 1, spans)?;
                writeln!(f, "{:width$}}}", "", width = 2 * depth)?;
            }
            Op::Write(target, write) => writeln!(f, "{target:?}.{write:?}")?,
            Op::Capture(slot) => writeln!(f, "captured[{slot}] = Scope::current()")?,
            Op::CreateSpan(parent, says) => {
                match parent {
                    Parent::Contextual => writeln!(f, "span[{spans}] = span!({says})")?,
                    Parent::Root => writeln!(f, "span[{spans}] = span!(parent: None, {says})")?,
                    Parent::Of(parent) => {
                        writeln!(f, "span[{spans}] = span!(parent: span[{parent}], {says})")?;
                    }
                }
                *spans += 1;
            }
            Op::RecordLate(span, says) => writeln!(f, "span[{span}].record({says})")?,
            Op::DropSpan(span) => writeln!(f, "drop(span[{span}])")?,
            Op::Event(says) => writeln!(f, "event!({says})")?,
            Op::Error(says) => writeln!(f, "error({says})")?,
            Op::Yield => writeln!(f, "yield")?,
        }
    }
    Ok(())
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Fixed(says) => write!(f, "fixed({says})"),
            Self::Isolated(says) => write!(f, "isolated({says})"),
            Self::Shared(slot) => write!(f, "shared[{slot}]"),
            Self::Captured(slot) => write!(f, "captured[{slot}]"),
            Self::Span(span) => write!(f, "span[{span}]"),
            Self::Spawned(worker, carry) => write!(f, "spawn({worker:?}, carrying {carry:?})"),
        }
    }
}

impl fmt::Display for Says {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut parts = Vec::new();
        match &self.user {
            Claim::Unset => {}
            Claim::Mask => parts.push("anonymous".to_owned()),
            Claim::Is(person) => parts.push(format!("{person:?}")),
        }
        parts.extend(self.session.map(|id| format!("session {id}")));
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
            ("tag.t1", self.tag),
        ];
        let parts: Vec<_> = parts
            .iter()
            .filter_map(|(key, value)| value.map(|value| format!("{key}={value}")))
            .collect();
        f.write_str(&parts.join(", "))
    }
}

/// What a user says, and no more.
impl fmt::Debug for Person {
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
