//! What the builder says.

#[cfg(feature = "spool")]
use std::path::PathBuf;
use std::time::Duration;

use crate::config::protocol::{Compression, Protocol};
use crate::encode::Dialects;
use crate::queue::QueueLimits;
use crate::signal::Signal;

/// What the builder says. `None` leaves a setting to the environment.
#[derive(Clone, Default)]
pub(crate) struct Options {
    pub(crate) endpoint: Option<String>,
    pub(crate) traces_endpoint: Option<String>,
    pub(crate) logs_endpoint: Option<String>,
    pub(crate) protocol: Option<Protocol>,
    pub(crate) compression: Option<Compression>,
    pub(crate) timeout: Option<Duration>,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) resource: Vec<(String, String)>,
    pub(crate) without_traces: bool,
    pub(crate) without_logs: bool,
    pub(crate) limits: QueueLimits,
    pub(crate) dialects: Dialects,
    #[cfg(feature = "spool")]
    pub(crate) spool: Option<PathBuf>,
    #[cfg(feature = "spool")]
    pub(crate) spool_bytes: Option<u64>,
}

impl Options {
    pub(crate) fn endpoint_of(&self, signal: Signal) -> Option<&str> {
        match signal {
            Signal::Traces => self.traces_endpoint.as_deref(),
            Signal::Logs => self.logs_endpoint.as_deref(),
        }
    }

    pub(crate) fn is_off(&self, signal: Signal) -> bool {
        match signal {
            Signal::Traces => self.without_traces,
            Signal::Logs => self.without_logs,
        }
    }
}
