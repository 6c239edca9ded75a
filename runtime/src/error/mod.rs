pub(crate) mod backtrace;
pub(crate) mod fingerprint;
pub(crate) mod normalise;

pub(crate) use backtrace::{backtrace_text, Backtraces};
pub(crate) use fingerprint::fingerprint_of;
