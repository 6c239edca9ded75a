//! Whether a signal is exported at all.

use crate::config::problems::Problems;
use crate::config::variables::{Variables, boolean};
use crate::signal::Signal;

/// Whether the environment turns everything off: `OTEL_SDK_DISABLED`.
pub(crate) fn is_disabled(variables: &Variables, problems: &mut Problems) -> bool {
    const NAME: &str = "OTEL_SDK_DISABLED";
    let value = variables.get(NAME);
    value.is_some_and(|value| boolean(NAME, value, problems))
}

/// Whether the environment turns the signal off: `OTEL_TRACES_EXPORTER=none`.
pub(crate) fn is_off(variables: &Variables, signal: Signal, problems: &mut Problems) -> bool {
    let name = format!("OTEL_{}_EXPORTER", signal.variable());
    let Some(value) = variables.get(&name) else {
        return false;
    };
    let mut exporters = value.split(',').map(str::trim);
    if exporters.clone().any(|exporter| exporter == "otlp") {
        return false;
    }
    if exporters.any(|exporter| exporter == "none") {
        return true;
    }
    problems.add(format!(
        "{name}={value:?} is ignored, {} are sent by OTLP: this sink knows the exporters otlp and \
         none",
        signal.records()
    ));
    false
}
