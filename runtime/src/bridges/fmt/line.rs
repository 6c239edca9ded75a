//! What `whose` adds to a log line, before the line is written.

use tracing::Metadata;

use crate::diagnostics::truncate::truncate_bytes;
use crate::diagnostics::Limits;
use crate::model::{AsValue, Attribution, ResolvedUser, Value};
use crate::pipeline::KeptIdentity;

/// A log line before it is written, as a hook of
/// [`Attributed::with_before_line`](crate::fmt::Attributed::with_before_line) sees the line.
///
/// The hook decides what `whose` adds to the line. The text of the event is the format's own.
#[derive(Debug)]
pub struct Line<'a> {
    metadata: &'static Metadata<'static>,
    attribution: &'a mut Attribution,
    added: Vec<(&'static str, Value)>,
}

impl<'a> Line<'a> {
    pub(super) fn new(
        metadata: &'static Metadata<'static>,
        attribution: &'a mut Attribution,
    ) -> Self {
        Self {
            metadata,
            attribution,
            added: Vec::new(),
        }
    }

    pub(super) fn into_added(self) -> Vec<(&'static str, Value)> {
        self.added
    }

    /// Removes everything that `whose` adds to the line.
    pub(super) fn clear(&mut self) {
        self.added.clear();
        KeptIdentity::NOTHING.apply(self.attribution);
    }

    /// The level, the target and the call site of the event.
    #[must_use]
    pub fn metadata(&self) -> &'static Metadata<'static> {
        self.metadata
    }

    /// The attribution of the event, before the policy of the layer.
    #[must_use]
    pub fn attribution(&self) -> &Attribution {
        self.attribution
    }

    /// Adds a value to the line; `None` adds nothing. A value that was added under the same name
    /// is replaced.
    ///
    /// The rules and the scrubber of the policy apply to the value, as to a field of that name.
    /// A text is truncated to [`Limits::FIELD_BYTES`](crate::Limits::FIELD_BYTES).
    pub fn add(&mut self, name: &'static str, value: impl AsValue) {
        self.added.retain(|(known, _)| *known != name);
        match value.as_value() {
            Some(Value::Str(text)) => {
                let text = truncate_bytes(&text, Limits::FIELD_BYTES);
                self.added.push((name, Value::from(text)));
            }
            Some(other) => self.added.push((name, other)),
            None => {}
        }
    }

    /// Removes the user from the line.
    pub fn remove_user(&mut self) {
        self.attribution.user = ResolvedUser::withheld();
    }

    /// Removes the session from the line.
    pub fn remove_session(&mut self) {
        self.attribution.session = None;
    }

    /// Removes the actor from the line.
    pub fn remove_actors(&mut self) {
        if let Some(data) = &mut self.attribution.data {
            data.actors_mut().clear();
        }
    }
}
