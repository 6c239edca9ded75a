use crate::model::Value;
use crate::policy::key::PolicyKey;
use crate::policy::network::network;
use crate::util::Revision;

/// The text that replaces a masked value.
pub(crate) const MASK: &str = "[masked]";

/// The action of a rule on a value.
#[derive(Clone, Debug)]
pub(crate) enum Action {
    Drop,
    Mask,
    TruncateIp,
    Pseudonymise(PolicyKey),
}

impl Action {
    /// Applies the action to a text; `None` if nothing is left.
    pub(crate) fn on(&self, text: &str) -> Option<String> {
        match self {
            Self::Drop => None,
            Self::Mask => Some(MASK.to_owned()),
            Self::TruncateIp => network(text),
            // Another policy has already masked the value, so there is nothing left to hide.
            Self::Pseudonymise(_) if text == MASK => Some(MASK.to_owned()),
            Self::Pseudonymise(key) => Some(key.pseudonym(text)),
        }
    }

    /// As [`on`](Self::on), for a value. Numbers and booleans count as their text.
    pub(crate) fn on_value(&self, value: &Value) -> Revision<Value> {
        let left = match value {
            Value::Str(text) => self.on(text),
            other => self.on(&other.to_string()),
        };
        Revision::of(left.map(Value::from))
    }
}
