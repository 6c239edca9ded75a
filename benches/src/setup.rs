//! What collects spans, each in a process of its own.
//!
//! A process has one global subscriber, and a scoped one costs 13 ns a span more, so that every
//! ratio would be flattered.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tracing::subscriber::set_global_default;
use tracing_subscriber::layer::SubscriberExt;
use whose::RecordSink;

use crate::failure::Failure;
use crate::sinks::{Count, JsonLines};

/// What collects the spans of a process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Setup {
    /// Nothing.
    Nobody,
    /// A `Registry` with a layer that does nothing. (Alone it would leak every span.)
    Noop,
    /// Our layer with a sink that counts.
    Whose,
    /// Our layer with a sink that writes lines of JSON.
    JsonLines,
    #[cfg(feature = "store")]
    /// Our layer with the store; producers wait where it is behind.
    Store,
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
        let own = [Self::Nobody, Self::Noop, Self::Whose, Self::JsonLines];
        #[cfg(feature = "store")]
        let own = own.into_iter().chain([Self::Store]);
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
            Self::JsonLines => "json-lines",
            #[cfg(feature = "store")]
            Self::Store => "store",
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
        match self {
            Self::Nobody => Ok(Collector::nobody()),
            Self::Noop => {
                set_global_default(tracing_subscriber::registry().with(NoopLayer))?;
                Ok(Collector::nobody())
            }
            Self::Whose => {
                let count = Arc::new(Count::default());
                install_ours(Arc::clone(&count), move || count.0.load(Ordering::Relaxed))
            }
            Self::JsonLines => {
                let lines = Arc::new(JsonLines::create(&folder.join("records.jsonl"))?);
                install_ours(Arc::clone(&lines), move || lines.written())
            }
            #[cfg(feature = "store")]
            Self::Store => {
                let store = whose_store::Store::builder(folder.join("records.db"))
                    .when_full(whose_store::WhenFull::Block)
                    .open()?;
                install_ours(store.clone(), move || store.stats().written)
            }
            #[cfg(feature = "peers")]
            Self::Peer(peer) => peer.install(folder),
        }
    }
}

fn install_ours(
    sink: impl RecordSink,
    delivered: impl Fn() -> u64 + 'static,
) -> Result<Collector, Failure> {
    let layer = whose::layer().with_sink(sink);
    set_global_default(tracing_subscriber::registry().with(layer))?;
    Ok(Collector {
        flush: Box::new(|| whose::flush(FLUSH).is_complete()),
        delivered: Box::new(move || Some(delivered())),
    })
}

/// How long a flush may take.
pub const FLUSH: Duration = Duration::from_secs(300);

/// A layer that does nothing.
struct NoopLayer;

impl<S: tracing::Subscriber> tracing_subscriber::Layer<S> for NoopLayer {}
