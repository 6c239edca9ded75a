//! Warnings of this crate: each one once in a process.

use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

/// The target of the warnings of `whose`, whose layer ignores the events of this target.
const TARGET: &str = "whose";

/// A warning that is emitted once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub(crate) enum Warning {
    NoClient = 1,
    NoIntegration = 1 << 1,
    ReportedTwice = 1 << 2,
    WrongOrder = 1 << 3,
    #[cfg(feature = "spotlight")]
    SpotlightUrl = 1 << 4,
    #[cfg(feature = "spotlight")]
    SpotlightUnreachable = 1 << 5,
    #[cfg(feature = "spotlight")]
    SpotlightOnly = 1 << 6,
}

impl Warning {
    const ALL: &[Self] = &[
        Self::NoClient,
        Self::NoIntegration,
        Self::ReportedTwice,
        Self::WrongOrder,
        #[cfg(feature = "spotlight")]
        Self::SpotlightUrl,
        #[cfg(feature = "spotlight")]
        Self::SpotlightUnreachable,
        #[cfg(feature = "spotlight")]
        Self::SpotlightOnly,
    ];

    const fn message(self) -> &'static str {
        match self {
            Self::NoClient => {
                "whose_sentry::sink() has an error to report, and no Sentry client is bound: the \
                 error is dropped and counted (`whose::sinks()`). Call `sentry::init` at the start \
                 of the program and keep its guard"
            }
            Self::NoIntegration => {
                "whose_sentry::layer(..) is installed, and the Sentry client lacks \
                 `whose_sentry::Integration`: events and logs keep the user of Sentry's own scope. \
                 Add `.add_integration(whose_sentry::Integration::new())` to the `ClientOptions`"
            }
            Self::ReportedTwice => {
                "whose_sentry::sink() and sentry_tracing's `ErrorLayer` both report errors: the \
                 event of the sink is sent, the other one is dropped. Remove the `ErrorLayer`"
            }
            Self::WrongOrder => {
                "whose_sentry::sink() and sentry_tracing's `ErrorLayer` both report errors, and \
                 `whose_sentry::layer(..)` is added before `whose::layer()`: the event of the \
                 `ErrorLayer` is sent, which lacks fingerprint and flags. Add `whose::layer()` \
                 first and remove the `ErrorLayer`"
            }
            #[cfg(feature = "spotlight")]
            Self::SpotlightUrl => {
                "the URL of Spotlight is not `http://host:port/path`: nothing is sent to Spotlight"
            }
            #[cfg(feature = "spotlight")]
            Self::SpotlightUnreachable => {
                "Spotlight does not take envelopes at its URL: what it does not take is dropped"
            }
            #[cfg(feature = "spotlight")]
            Self::SpotlightOnly => {
                "only Spotlight receives envelopes: the options have a DSN and no transport. Set \
                 the transport before `whose_sentry::spotlight(options)` to send to both"
            }
        }
    }
}

/// The warnings that were emitted, and those that wait for a moment outside a layer's callback.
static EMITTED: AtomicU32 = AtomicU32::new(0);
static PENDING: AtomicU32 = AtomicU32::new(0);

/// Emits the warning, unless the warning was emitted before.
fn warn(warning: Warning) {
    let bit = warning as u32;
    if EMITTED.load(Relaxed) & bit == 0 && EMITTED.fetch_or(bit, Relaxed) & bit == 0 {
        tracing::warn!(target: TARGET, "{}", warning.message());
    }
}

/// Emits the warning at the next [`flush`]: an event inside the callback of a layer would reset the
/// decisions of per-layer filters, and a client is created before the subscriber is.
pub(crate) fn defer(warning: Warning) {
    let bit = warning as u32;
    if EMITTED.load(Relaxed) & bit == 0 {
        PENDING.fetch_or(bit, Relaxed);
    }
}

/// Emits the deferred warnings. Without any, the cost is one read.
#[inline]
pub(crate) fn flush() {
    if PENDING.load(Relaxed) != 0 {
        let pending = PENDING.swap(0, Relaxed);
        for &warning in Warning::ALL {
            if pending & warning as u32 != 0 {
                warn(warning);
            }
        }
    }
}
