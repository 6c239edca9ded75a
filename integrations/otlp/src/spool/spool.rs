//! Starting the threads of a spool.

use std::path::Path;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use whose_store::Outbox;

use crate::config::SignalSettings;
use crate::encode::Resource;
use crate::queue::QueueLimits;
use crate::spool::queue::SpoolQueue;
use crate::spool::sender::SpoolSender;
use crate::spool::writer::Writer;
use crate::worker::{Courier, LimitedWarning, Shared};

/// How long a record waits in memory until it is written. A kill loses no more than that.
const WRITE_DELAY: Duration = Duration::from_millis(20);

/// The open spool of a sink.
#[derive(Clone, Debug)]
pub(crate) struct Spool {
    outbox: Arc<Outbox>,
}

impl Spool {
    /// # Errors
    /// Why the spool cannot be used.
    pub(crate) fn open(path: &Path, max_bytes: u64) -> Result<Self, String> {
        let outbox = Outbox::open(path, max_bytes);
        let outbox = outbox.map_err(|error| format!("there is no spool: {error}"))?;
        Ok(Self {
            outbox: Arc::new(outbox),
        })
    }

    /// Starts the threads of a signal. What an earlier process left is sent first.
    ///
    /// # Errors
    /// Why nothing can be sent.
    pub(crate) fn start(
        &self,
        settings: SignalSettings,
        resource: Resource,
        limits: QueueLimits,
    ) -> Result<Shared, String> {
        let spool = SpoolQueue::new(Arc::clone(&self.outbox), settings.signal, limits);
        let left = self.outbox.count(spool.channel);
        spool
            .queue
            .push_stored(left.map_err(|error| error.to_string())?);
        let in_memory = QueueLimits {
            delay: limits.delay.min(WRITE_DELAY),
            ..limits
        };
        let mut shared = Shared::new(in_memory);
        shared.spool = Some(spool.clone());
        let wait_in = format!("the spool {:?}", self.outbox.path());
        let counters = Arc::clone(&shared.counters);
        let name = settings.signal.thread();
        let writer = Writer::new(shared.clone(), spool.clone(), settings.clone());
        let sender = SpoolSender {
            courier: Courier::new(settings, counters, wait_in)?,
            shared: shared.clone(),
            spool,
            resource,
            limits,
            broken: LimitedWarning::default(),
        };
        spawn(name, || writer.run())?;
        spawn(name, || sender.run())?;
        Ok(shared)
    }
}

fn spawn(name: &str, run: impl FnOnce() + Send + 'static) -> Result<(), String> {
    let thread = thread::Builder::new().name(name.to_owned()).spawn(run);
    thread
        .map(drop)
        .map_err(|error| format!("no thread for the spool: {error}"))
}
