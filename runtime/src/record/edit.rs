//! The changes that a hook can make to a record: see
//! [`Layer::with_before_record`](crate::Layer::with_before_record).

use crate::diagnostics::truncate::truncate_bytes;
use crate::diagnostics::Limits;
use crate::model::{AsText, AsValue, ResolvedUser, Value};
use crate::record::record::Record;

impl Record {
    /// Replaces the message; `None` removes the message.
    ///
    /// ```
    /// use tracing_subscriber::prelude::*;
    ///
    /// let layer = whose::layer().with_before_record(|record| {
    ///     if record.target() == "noise" {
    ///         return false; // drops the record
    ///     }
    ///     record.set_message("withheld");
    ///     record.remove_field("token");
    ///     true
    /// });
    /// tracing::subscriber::with_default(tracing_subscriber::registry().with(layer), || {
    ///     let records = whose::testing::Recorder::start();
    ///     tracing::info!(token = "t-1", "hello");
    ///     assert_eq!(records.events()[0].message(), Some("withheld"));
    ///     assert!(records.events()[0].field("token").is_none());
    /// });
    /// ```
    pub fn set_message(&mut self, message: impl AsText) {
        match message.as_text() {
            Some(text) => self
                .message
                .set(&truncate_bytes(&text, Limits::FIELD_BYTES)),
            None => self.message.clear(),
        }
    }

    /// Removes the causes of the error.
    pub fn remove_causes(&mut self) {
        if let Some(error) = &mut self.error {
            error.causes.clear();
        }
    }

    /// Sets a field; `None` removes the field.
    pub fn set_field(&mut self, name: &'static str, value: impl AsValue) {
        self.remove_field(name);
        let value = match value.as_value() {
            Some(Value::Str(text)) => Value::from(truncate_bytes(&text, Limits::FIELD_BYTES)),
            Some(other) => other,
            None => return,
        };
        self.fields.push((name, value));
    }

    /// Removes all values of a field.
    pub fn remove_field(&mut self, name: &str) {
        self.fields.retain(|(key, _)| *key != name);
        if let Some(received) = &mut self.received {
            received.fields.retain(|(key, _)| **key != *name);
        }
    }

    /// Sets a tag, with the limits of [`whose::set_tag`](crate::set_tag); `None` removes the tag.
    pub fn set_tag(&mut self, key: impl AsRef<str>, value: impl AsText) {
        match value.as_text() {
            Some(value) => self.attribution.tags.set(key.as_ref(), &value),
            None => self.remove_tag(key),
        }
    }

    /// Removes a tag.
    pub fn remove_tag(&mut self, key: impl AsRef<str>) {
        self.attribution.tags.remove(key.as_ref());
    }

    /// Removes an extra value.
    pub fn remove_extra(&mut self, key: impl AsRef<str>) {
        if let Some(data) = &mut self.attribution.data {
            data.set_extra(key.as_ref(), None);
        }
    }

    /// Removes a context.
    pub fn remove_context(&mut self, name: impl AsRef<str>) {
        if let Some(data) = &mut self.attribution.data {
            data.set_context(name.as_ref(), None);
        }
    }

    /// Removes the breadcrumbs of the error.
    pub fn remove_breadcrumbs(&mut self) {
        self.breadcrumbs.clear();
    }

    /// Removes the feature flags of the error.
    pub fn remove_flags(&mut self) {
        if let Some(error) = &mut self.error {
            error.flags.clear();
        }
    }

    /// Removes the user. The record then has the reason
    /// [`Withheld`](crate::UnattributedReason::Withheld).
    pub fn remove_user(&mut self) {
        self.attribution.user = ResolvedUser::withheld();
    }

    /// Removes the actors.
    pub fn remove_actors(&mut self) {
        if let Some(data) = &mut self.attribution.data {
            data.actors_mut().clear();
        }
    }

    /// Removes the session.
    pub fn remove_session(&mut self) {
        self.attribution.session = None;
    }
}
