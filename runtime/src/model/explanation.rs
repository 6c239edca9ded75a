//! Explanations: which frame decided each value.

use std::fmt;

use crate::model::source::Source;
use crate::model::unattributed::UnattributedReason;
use crate::util::CallSite;

/// Which frames set the user, the session and the other values, and which frame won.
///
/// [`explain`](crate::explain) explains the calling code, and
/// [`Record::explained`](crate::Record::explained) a record. `Display` prints the whole explanation, and
/// `Debug` ids and call sites alone.
///
/// ```
/// let _request = whose::Scope::isolated().enter();
/// whose::set_user("alice");
/// whose::user("bob").tag("plan", "pro").in_scope(|| {
///     let why = whose::explain();
///     let frame = why.decided("user").unwrap();
///     assert_eq!(frame.kind(), whose::FrameKind::Scope);
///     assert!(why.to_string().contains(r#"user "alice" hidden"#), "{why}");
/// });
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Explanation {
    pub(crate) frames: Vec<ExplainedFrame>,
    pub(crate) unattributed: Option<UnattributedReason>,
}

/// One frame of an [`Explanation`].
#[derive(Clone, Debug, PartialEq)]
pub struct ExplainedFrame {
    pub(crate) kind: FrameKind,
    pub(crate) call_site: Option<CallSite>,
    pub(crate) values: Vec<ExplainedValue>,
}

/// One value of an [`ExplainedFrame`].
///
/// `Debug` prints ids, and neither keys nor values of tags, extra and contexts.
#[derive(Clone, PartialEq)]
pub struct ExplainedValue {
    pub(crate) name: Box<str>,
    pub(crate) value: Box<str>,
    pub(crate) is_anonymous: bool,
    pub(crate) outcome: Outcome,
    pub(crate) call_site: Option<CallSite>,
}

/// The kind of an [`ExplainedFrame`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum FrameKind {
    /// The record itself.
    Record,
    /// A fixed scope: a guard, a closure, a future, or an attribute on a function.
    Scope,
    /// The identity fields of a span.
    Span,
    /// An isolated scope: a request, a message or a job.
    Isolated,
    /// The values that another process sent.
    Remote,
    /// The values of the whole process.
    Global,
}

impl FrameKind {
    /// The kind as a word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Record => "record",
            Self::Scope => "scope",
            Self::Span => "span",
            Self::Isolated => "isolated scope",
            Self::Remote => "remote",
            Self::Global => "global",
        }
    }

    pub(crate) fn of(source: Source) -> Self {
        match source {
            Source::Explicit => Self::Record,
            Source::Scope => Self::Scope,
            Source::Isolation | Source::Late => Self::Isolated,
            Source::Remote => Self::Remote,
            Source::Global => Self::Global,
        }
    }
}

impl fmt::Display for FrameKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Whether an [`ExplainedValue`] holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Outcome {
    /// The value holds, and hides the values of the same name further out.
    Wins,
    /// The value is added to the one that wins: the fields of the same user, the keys of a context.
    Adds,
    /// A value further in hides this one.
    Hidden,
}

impl Outcome {
    /// The outcome as a word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Wins => "wins",
            Self::Adds => "adds",
            Self::Hidden => "hidden",
        }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Explanation {
    /// The frames, innermost first. Frames that set nothing are left out, except for isolated scopes.
    #[must_use]
    pub fn frames(&self) -> &[ExplainedFrame] {
        &self.frames
    }

    /// The frame that decided a value: `user`, `session`, `conversation`, `actor`, `tag.KEY`,
    /// `extra.KEY` or `context.NAME`. `None` if no frame sets the value.
    #[must_use]
    pub fn decided(&self, name: &str) -> Option<&ExplainedFrame> {
        self.frames.iter().find(|frame| {
            let mut values = frame.values.iter();
            values.any(|value| &*value.name == name && value.outcome == Outcome::Wins)
        })
    }

    /// Why there is no user; `None` with a user.
    #[must_use]
    pub fn unattributed(&self) -> Option<UnattributedReason> {
        self.unattributed
    }

    /// The values of this name that are hidden, with the number of their frame, from 1.
    fn hidden<'a>(&'a self, name: &'a str) -> impl Iterator<Item = (usize, &'a ExplainedValue)> {
        let frames = self.frames.iter().enumerate();
        frames.flat_map(move |(at, frame)| {
            let hidden = frame
                .values
                .iter()
                .filter(move |value| *value.name == *name && value.outcome == Outcome::Hidden);
            hidden.map(move |value| (at + 1, value))
        })
    }
}

impl ExplainedFrame {
    /// The kind of the frame.
    #[must_use]
    pub fn kind(&self) -> FrameKind {
        self.kind
    }

    /// Where the frame was made; `None` if this is unknown, as for the process.
    #[must_use]
    pub fn call_site(&self) -> Option<CallSite> {
        self.call_site
    }

    /// The values that the frame sets.
    #[must_use]
    pub fn values(&self) -> &[ExplainedValue] {
        &self.values
    }
}

impl ExplainedValue {
    /// The name: see [`Explanation::decided`].
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The id of a user, a session, a conversation or an actor, or the value of a tag. Empty for
    /// extra, contexts, an anonymous scope, and a user without an id.
    #[must_use]
    pub fn value(&self) -> &str {
        &self.value
    }

    /// Whether the frame makes its user anonymous.
    #[must_use]
    pub fn is_anonymous(&self) -> bool {
        self.is_anonymous
    }

    /// Whether the value holds.
    #[must_use]
    pub fn outcome(&self) -> Outcome {
        self.outcome
    }

    /// Where the value was set; `None` if this is unknown.
    #[must_use]
    pub fn call_site(&self) -> Option<CallSite> {
        self.call_site
    }
}

impl fmt::Display for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(reason) = self.unattributed {
            write!(f, "no user: {reason}")?;
        }
        for (at, frame) in self.frames.iter().enumerate() {
            // A text without a newline at its end fits into a log line and into `println!`.
            if at > 0 || self.unattributed.is_some() {
                writeln!(f)?;
            }
            write!(f, "frame {}: {}", at + 1, frame.kind)?;
            if let Some(site) = frame.call_site {
                write!(f, " at {site}")?;
            }
            for value in &frame.values {
                write!(f, "\n    {value} {}", value.outcome)?;
                if value.outcome == Outcome::Wins {
                    let mut hidden = self.hidden(&value.name);
                    if let Some((at, first)) = hidden.next() {
                        write!(f, ", hides {first} of frame {at}")?;
                    }
                    for (at, other) in hidden {
                        write!(f, ", {other} of frame {at}")?;
                    }
                }
                if let Some(site) = value
                    .call_site
                    .filter(|site| Some(*site) != frame.call_site)
                {
                    write!(f, ", set at {site}")?;
                }
            }
        }
        Ok(())
    }
}

/// Prints an id, but no content: a log line must not reveal what a policy withholds from the sinks.
impl fmt::Debug for ExplainedValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("ExplainedValue");
        match self.name.split_once('.') {
            // The key of a value can be content too.
            Some((kind, _)) => shown.field("name", &kind),
            None => shown.field("name", &self.name).field("id", &self.value),
        };
        shown
            .field("is_anonymous", &self.is_anonymous)
            .field("outcome", &self.outcome)
            .field("call_site", &self.call_site)
            .finish_non_exhaustive()
    }
}

/// The name and the value.
impl fmt::Display for ExplainedValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_anonymous {
            return f.write_str("anonymous");
        }
        f.write_str(&self.name)?;
        match (&*self.name, &*self.value) {
            ("user", "") => f.write_str(" without an id"),
            (_, "") => Ok(()),
            (_, value) => write!(f, " {value:?}"),
        }
    }
}
