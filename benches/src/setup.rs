//! What collects spans, each in a process of its own.
//!
//! A process has one global subscriber, and a scoped one costs 13 ns a span more, so that every
//! ratio would be flattered.

use std::hint::black_box;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tracing::subscriber::set_global_default;
use tracing_subscriber::layer::SubscriberExt;
use whose::{Record, RecordSink};

use crate::failure::Failure;

/// What collects the spans of a process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Setup {
    /// Nothing.
    Nobody,
    /// A `Registry` with a layer that does nothing. (Alone it would leak every span.)
    Noop,
    /// Our layer with a sink that counts.
    Whose,
    #[cfg(feature = "peers")]
    /// One of the others.
    Peer(crate::peers::Peer),
}

/// What a process knows of the spans that were delivered.
pub struct Collector {
    /// Waits until what was made so far is delivered; `false` if it says that it was not.
    pub flush: Box<dyn Fn() -> bool>,
    /// How many spans have arrived, where somebody counts.
    pub delivered: Box<dyn Fn() -> Option<u64>>,
}

impl Collector {
    /// Nobody, who waits for nothing and counts nothing.
    fn nobody() -> Self {
        Self {
            flush: Box::new(|| true),
            delivered: Box::new(|| None),
        }
    }
}

impl Setup {
    /// Every setup.
    #[must_use]
    pub fn all() -> Vec<Self> {
        let own = [Self::Nobody, Self::Noop, Self::Whose];
        #[cfg(feature = "peers")]
        let own = own
            .into_iter()
            .chain(crate::peers::Peer::ALL.map(Self::Peer));
        own.into_iter().collect()
    }

    /// The name of the setup.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Nobody => "nobody",
            Self::Noop => "noop",
            Self::Whose => "whose",
            #[cfg(feature = "peers")]
            Self::Peer(peer) => peer.name(),
        }
    }

    /// The setup of that name.
    #[must_use]
    pub fn of_name(name: &str) -> Option<Self> {
        Self::all().into_iter().find(|setup| setup.name() == name)
    }

    /// Makes it this process's, for good; files go to `folder`.
    ///
    /// # Errors
    /// Where the process has one already, or what it needs could not be made.
    pub fn install(self, folder: &Path) -> Result<Collector, Failure> {
        let _ = folder;
        match self {
            Self::Nobody => Ok(Collector::nobody()),
            Self::Noop => {
                set_global_default(tracing_subscriber::registry().with(NoopLayer))?;
                Ok(Collector::nobody())
            }
            Self::Whose => {
                let count = Arc::new(Count::default());
                let layer = whose::layer().with_sink(Arc::clone(&count));
                set_global_default(tracing_subscriber::registry().with(layer))?;
                Ok(Collector {
                    flush: Box::new(|| whose::flush(FLUSH)),
                    delivered: Box::new(move || Some(count.0.load(Ordering::Relaxed))),
                })
            }
            #[cfg(feature = "peers")]
            Self::Peer(peer) => peer.install(folder),
        }
    }
}

/// How long a flush may take.
pub const FLUSH: Duration = Duration::from_secs(300);

/// A layer that does nothing.
struct NoopLayer;

impl<S: tracing::Subscriber> tracing_subscriber::Layer<S> for NoopLayer {}

/// A sink that counts.
#[derive(Default)]
struct Count(AtomicU64);

impl RecordSink for Count {
    fn record(&self, record: &Arc<Record>) {
        black_box(record);
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}
