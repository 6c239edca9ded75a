use crate::model::Value;
use crate::policy::key::PolicyKey;
use crate::policy::network::network;
use crate::util::Revision;

/// What stands for a value that is masked.
pub(crate) const MASK: &str = "[masked]";

/// What is done to a value that does not stay as it is.
#[derive(Clone, Debug)]
pub(crate) enum Action {
    Drop,
    Mask,
    TruncateIp,
    Pseudonymise(PolicyKey),
}

impl Action {
    /// What is left of a text; `None` where nothing is.
    pub(crate) fn on(&self, text: &str) -> Option<String> {
        match self {
            Self::Drop => None,
            Self::Mask => Some(MASK.to_owned()),
            Self::TruncateIp => network(text),
            // Of a mask that another policy has put there, there is nothing left to hide.
            Self::Pseudonymise(_) if text == MASK => Some(MASK.to_owned()),
            Self::Pseudonymise(key) => Some(key.pseudonym(text)),
        }
    }

    /// As [`on`](Self::on); numbers and booleans count by their text.
    pub(crate) fn on_value(&self, value: &Value) -> Revision<Value> {
        let left = match value {
            Value::Str(text) => self.on(text),
            other => self.on(&other.to_string()),
        };
        Revision::of(left.map(Value::from))
    }
}
