use serde_json::Value as Json;

use super::key::PolicyKey;
use super::network::network;
use crate::value::Value;

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
    /// What is left of the value; `None` where nothing is.
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

    /// As [`on_value`](Self::on_value); what is no text is treated as its JSON.
    pub(crate) fn on_json(&self, value: &mut Json) -> bool {
        let left = match &*value {
            Json::String(text) => self.on(text),
            other => self.on(&other.to_string()),
        };
        let is_left = left.is_some();
        if let Some(left) = left {
            *value = Json::String(left);
        }
        is_left
    }

    /// Leaves what is left of the value in its place; says whether anything is.
    pub(crate) fn on_value(&self, value: &mut Value) -> bool {
        let left = match &*value {
            Value::Str(text) => self.on(text),
            other => self.on(&other.to_string()),
        };
        let is_left = left.is_some();
        if let Some(left) = left {
            *value = left.into();
        }
        is_left
    }
}
