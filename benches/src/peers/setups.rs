//! The setups of the peers.

use super::{fastrace, otel, sentry, tracing};
use crate::setup::Setup;

/// Every setup of a peer.
pub(crate) const SETUPS: [Setup; 8] = [
    otel::LEAN,
    otel::DEFAULT,
    otel::SHORT_QUEUE,
    otel::BESIDE_WHOSE,
    otel::WITH_WHOSE,
    fastrace::SETUP,
    sentry::SETUP,
    tracing::FMT_JSON,
];
