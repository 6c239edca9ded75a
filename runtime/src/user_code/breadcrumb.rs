//! The values of a breadcrumb, which the application serialises.

use serde::Serialize;

use crate::diagnostics::truncate::truncate;
use crate::diagnostics::truncation::{attribute, note};
use crate::diagnostics::{Limits, Truncated};
use crate::model::Breadcrumb;
use crate::user_code::json::to_bounded_json;

impl Breadcrumb {
    /// Adds a value, which is serialised now. A value that cannot be serialised is left out and
    /// counted.
    #[track_caller]
    pub fn with_data(mut self, key: impl AsRef<str>, value: impl Serialize) -> Self {
        attribute(|| self.put_data(key.as_ref(), &value));
        self
    }

    pub(crate) fn put_data(&mut self, key: &str, value: &impl Serialize) {
        let key = truncate(Truncated::Data, key, Limits::ID_BYTES);
        if self.data.len() < Limits::EXTRA || self.data.contains_key(&*key) {
            if let Some(value) = to_bounded_json(value) {
                self.data.insert(key.into_owned(), value);
            }
        } else {
            note(Truncated::Data);
        }
    }
}
