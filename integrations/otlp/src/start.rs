//! Starting the threads of a sink.

use std::sync::atomic::AtomicU64;

use crate::config::{Export, Options, Problems, SignalSettings};
use crate::encode::Resource;
use crate::sink::Route;
#[cfg(feature = "spool")]
use crate::spool::Spool;
use crate::worker::{Sender, Shared};

/// What both signals need to start.
pub(crate) struct Start {
    options: Options,
    resource: Resource,
    #[cfg(feature = "spool")]
    spool: Option<Spool>,
}

/// The most bytes of a spool, by default.
#[cfg(feature = "spool")]
const SPOOL_BYTES: u64 = 1 << 30;

impl Start {
    pub(crate) fn new(options: Options, resource: Resource, problems: &mut Problems) -> Self {
        #[cfg(not(feature = "spool"))]
        let _ = problems;
        Self {
            #[cfg(feature = "spool")]
            spool: open_spool(&options, problems),
            options,
            resource,
        }
    }

    /// Starts the threads of a signal.
    pub(crate) fn route(&self, export: Export, problems: &mut Problems) -> Route {
        let settings = match export {
            Export::On(settings) => *settings,
            Export::Off => return Route::Off,
            Export::Unusable => return Route::Dropped(AtomicU64::new(0)),
        };
        let records = settings.signal.records();
        match self.shared(settings) {
            Ok(shared) => Route::Sent(shared),
            Err(reason) => {
                problems.add(format!("{records} are dropped: {reason}"));
                Route::Dropped(AtomicU64::new(0))
            }
        }
    }

    fn shared(&self, settings: SignalSettings) -> Result<Shared, String> {
        let (resource, limits) = (self.resource.clone(), self.options.limits);
        #[cfg(feature = "spool")]
        if let Some(spool) = &self.spool {
            return spool.start(settings, resource, limits);
        }
        let shared = Shared::new(limits);
        Sender::start(settings, resource, shared.clone())?;
        Ok(shared)
    }
}

/// The spool of the settings. Without it, the records wait in memory.
#[cfg(feature = "spool")]
fn open_spool(options: &Options, problems: &mut Problems) -> Option<Spool> {
    let path = options.spool.as_ref()?;
    let bytes = options.spool_bytes.unwrap_or(SPOOL_BYTES);
    let spool = Spool::open(path, bytes);
    spool
        .map_err(|reason| problems.add(format!("records wait in memory alone: {reason}")))
        .ok()
}
