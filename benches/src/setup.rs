//! The subscriber of a worker process, and what collects its records.
//!
//! Each setup runs in a process of its own: a process has one global subscriber, and a scoped
//! subscriber costs 13 ns a span more, which would hide a part of every ratio.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tracing::subscriber::set_global_default;
use tracing_subscriber::layer::SubscriberExt;
use whose::RecordSink;

use crate::failure::Failure;
use crate::sinks::{Count, JsonLines};

/// The subscriber that a worker process installs.
#[derive(Clone, Copy, Debug)]
pub struct Setup {
    /// The unique name, which a worker receives as an argument.
    pub name: &'static str,
    /// Installs the subscriber for the rest of the process. Files go to the folder.
    ///
    /// Returns an error if the process has a subscriber already, or if a file cannot be created.
    pub install: fn(&Path) -> Result<Collector, Failure>,
}

impl Setup {
    /// No subscriber.
    pub const NONE: Self = Self {
        name: "none",
        install: |_| Ok(Collector::without_delivery()),
    };

    /// A `Registry` with a layer that does nothing. (A bare `Registry` never frees a span.)
    pub const NOOP: Self = Self {
        name: "noop",
        install: |_| {
            set_global_default(tracing_subscriber::registry().with(NoopLayer))?;
            Ok(Collector::without_delivery())
        },
    };

    /// The layer of `whose` with a sink that counts records.
    pub const WHOSE: Self = Self {
        name: "whose",
        install: |_| {
            let count = Arc::new(Count::default());
            install_layer(Arc::clone(&count), move || count.0.load(Ordering::Relaxed))
        },
    };

    /// The layer of `whose` with a sink that writes lines of JSON.
    pub const JSON_LINES: Self = Self {
        name: "json-lines",
        install: |folder| {
            let lines = Arc::new(JsonLines::create(&folder.join("records.jsonl"))?);
            install_layer(Arc::clone(&lines), move || lines.written())
        },
    };

    /// The layer of `whose` with the store. Producers wait while the queue is full.
    #[cfg(feature = "store")]
    pub const STORE: Self = Self {
        name: "store",
        install: |folder| {
            let store = whose_store::Store::builder(folder.join("records.db"))
                .when_full(whose_store::WhenFull::Block)
                .open()?;
            install_layer(store.clone(), move || store.stats().written)
        },
    };

    /// The setups of `whose`, and those without a collector.
    pub const OWN: &[Self] = &[
        Self::NONE,
        Self::NOOP,
        Self::WHOSE,
        Self::JSON_LINES,
        #[cfg(feature = "store")]
        Self::STORE,
    ];
}

/// Access to the records that were delivered in this process.
pub struct Collector {
    /// Waits until all records are delivered. Returns `false` if some were not.
    pub flush: Box<dyn Fn() -> bool>,
    /// Returns the number of delivered records, or `None` if the setup does not count.
    pub delivered: Box<dyn Fn() -> Option<u64>>,
}

impl Collector {
    /// Creates the collector of a setup that delivers nothing.
    fn without_delivery() -> Self {
        Self {
            flush: Box::new(|| true),
            delivered: Box::new(|| None),
        }
    }
}

fn install_layer(
    sink: impl RecordSink,
    delivered: impl Fn() -> u64 + 'static,
) -> Result<Collector, Failure> {
    let layer = whose::layer().with_sink(sink);
    set_global_default(tracing_subscriber::registry().with(layer))?;
    Ok(Collector {
        flush: Box::new(|| whose::flush(FLUSH_TIMEOUT).is_complete()),
        delivered: Box::new(move || Some(delivered())),
    })
}

/// The longest time that a flush may take.
pub const FLUSH_TIMEOUT: Duration = Duration::from_secs(300);

/// A layer that does nothing.
struct NoopLayer;

impl<S: tracing::Subscriber> tracing_subscriber::Layer<S> for NoopLayer {}
