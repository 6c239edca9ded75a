//! The names of evaluations: the scores that a person or a program gives.
//!
//! They follow OpenTelemetry's semantic conventions for generative AI, event
//! `gen_ai.evaluation.result`.

use crate::names::WireName;

/// The name of the event.
pub const RESULT_EVENT: &str = "gen_ai.evaluation.result";
/// The name of the score.
pub const NAME: WireName = WireName::new("gen_ai.evaluation.name", &[]);
/// The score as a number.
pub const VALUE: WireName = WireName::new("gen_ai.evaluation.score.value", &[]);
/// The score as a word.
pub const LABEL: WireName = WireName::new("gen_ai.evaluation.score.label", &[]);
/// Why the score was given.
pub const EXPLANATION: WireName = WireName::new("gen_ai.evaluation.explanation", &[]);
