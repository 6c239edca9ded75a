use live_service::Observation;
use whose::TraceId;

/// What a tool shows in a run.
pub(crate) struct Shown {
    pub(crate) tool: &'static str,
    pub(crate) observations: Vec<Observation>,
}

impl Shown {
    pub(crate) fn new(tool: &'static str, mut observations: Vec<Observation>) -> Self {
        // The warnings of `whose` about the program are log lines outside every request.
        observations.retain(|observation| !observation.is_advice);
        Self { tool, observations }
    }
}

/// The trace with that id in hexadecimal digits.
pub(crate) fn trace_id(digits: &str) -> Option<TraceId> {
    let id = u128::from_str_radix(digits, 16).ok()?;
    Some(TraceId::from_bytes(id.to_be_bytes()))
}
