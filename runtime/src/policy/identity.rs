//! How a policy goes through a record.

use std::sync::Arc;

use super::Policy;
use crate::attribution::{Attribution, Who};
use crate::identity::{Session, SessionId};
use crate::names;
use crate::record::Record;
use crate::value::Value;

impl Policy {
    /// Leaves of a record what the policy lets through.
    pub(crate) fn apply(&self, record: &mut Record) {
        self.apply_to_attribution(&mut record.attribution);
        if !self.rules.is_empty() {
            self.treat_fields(&mut record.fields);
            self.treat_texts(record);
            self.treat_breadcrumbs(record);
        }
        if let Some(scrubber) = &self.scrubber {
            scrubber.apply(record);
        }
    }

    /// Leaves of whose a place is what the policy lets through.
    pub(crate) fn apply_to_attribution(&self, at: &mut Attribution) {
        if self.rules.is_empty() {
            return;
        }
        if let Who::Known(user, _) = &mut at.user {
            user.treat(self);
            // Somebody of whom nothing is left is nobody.
            if user.is_empty() {
                at.user = Who::withheld();
            }
        }
        if let Some(action) = self.action(names::SESSION_ID, "") {
            at.session = at.session.take().and_then(|(id, source)| {
                let previous = id.previous_id().and_then(|id| action.on(id));
                let left = Session::new(action.on(id.as_str())?).with_previous_id(previous);
                let left = SessionId::of(&left)?;
                Some((left, source))
            });
        }
        at.tags.treat(|key| self.action(names::TAG, key));
        if let Some(data) = &mut at.data {
            data.treat(
                |key| self.action("extra.", key),
                |name, key| self.action("context.", &format!("{name}.{key}")),
            );
        }
    }

    fn treat_breadcrumbs(&self, record: &mut Record) {
        for crumb in &mut record.breadcrumbs {
            // What the scope keeps stays as it is.
            Arc::make_mut(crumb).treat(self.action("message", ""), |key| {
                self.action("breadcrumb.", key)
            });
        }
    }

    fn treat_fields(&self, fields: &mut Vec<(&'static str, Value)>) {
        fields.retain_mut(|(name, value)| {
            self.action("", name)
                .is_none_or(|action| action.on_value(value))
        });
    }

    /// What happened, in words: the message, and the causes of an error.
    fn treat_texts(&self, record: &mut Record) {
        let Some(action) = self.action("message", "") else {
            return;
        };
        record.message = record
            .message
            .take()
            .and_then(|message| action.on(&message))
            .map(Into::into);
        if let Some(error) = &mut record.error {
            let causes = std::mem::take(&mut error.causes);
            let left = causes.iter().filter_map(|cause| action.on(cause));
            error.causes = left.map(Into::into).collect();
        }
    }
}
