//! Rules and the scrubber for the values that a hook adds to a log line.

use crate::model::Value;
use crate::policy::content::Treatment;
use crate::policy::names::Name;
use crate::policy::rules::Policy;

impl Policy {
    /// Treats a value as the field of that name. Returns whether the value remains.
    pub(crate) fn apply_to_added(&self, name: &str, value: &mut Value) -> bool {
        let names = [Name("", name)];
        let by = |treatment: &dyn Treatment, value: &mut Value| {
            treatment.value(&names, value).apply_to(value)
        };
        by(self, value) && self.scrubber().is_none_or(|scrubber| by(scrubber, value))
    }
}
