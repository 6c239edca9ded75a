//! Policies: rules that limit what sinks receive.

mod action;
mod content;
mod identity;
mod json;
mod json_text;
mod key;
#[cfg(feature = "fmt")]
mod line;
mod names;
mod network;
mod pattern;
mod redacted;
mod rules;
mod scrub;
mod scrub_content;

pub use key::{PolicyKey, PolicyKeyError};
pub use names::PolicyError;
pub(crate) use pattern::Pattern;
pub use redacted::Redacted;
pub use rules::Policy;
pub use scrub::Scrubber;
