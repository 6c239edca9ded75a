//! The names of feature flags.
//!
//! [`EVENT`] and the names of its fields follow OpenTelemetry's semantic conventions for feature flags.
//! The conventions have no name for the value of one flag on any other record: [`ON_RECORD`] is the one
//! of Sentry's libraries.

use crate::names::WireName;

/// The name of the event of one evaluation.
pub const EVENT: &str = "feature_flag.evaluation";
/// The key of the flag.
pub const KEY: WireName = WireName::new("feature_flag.key", &[]);
/// The value of the flag, as a word.
pub const VARIANT: WireName = WireName::new("feature_flag.result.variant", &[]);
/// The value of a flag that is a number or a boolean.
pub const VALUE: WireName = WireName::new("feature_flag.result.value", &[]);
/// The service or library that evaluates flags. Read only: `whose` does not know the provider.
pub const PROVIDER: WireName = WireName::new("feature_flag.provider.name", &[]);
/// The beginning of the name of a field with the value of one flag. The key of the flag follows. Rules
/// of a [`Policy`](crate::Policy) name a flag in this form, wherever its value is.
pub const ON_RECORD: &str = "flag.evaluation.";
