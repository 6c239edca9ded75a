//! Part of row `polls`: the bytes that the peers add to a future.

use super::{fastrace, otel, sentry, tokio, tracing};
use crate::benchmark::Role;
use crate::rows::future_sizes::{FutureSize, ONE, TEN};

/// The sizes of the peers.
pub(crate) fn future_sizes() -> Vec<FutureSize> {
    let [instrument, instrument_ten, instrument_err_ten] = tracing::future_sizes();
    let [fastrace, fastrace_ten] = fastrace::future_sizes();
    let sizes = [
        (ONE, "tokio scope", tokio::future_size()),
        (ONE, "OTel with_context", otel::future_size()),
        (ONE, "Sentry bind_hub", sentry::future_size()),
        (ONE, "#[tracing::instrument]", instrument),
        (ONE, "#[fastrace::trace]", fastrace),
        (TEN, "#[tracing::instrument]", instrument_ten),
        (TEN, "#[tracing::instrument(err)]", instrument_err_ten),
        (TEN, "#[fastrace::trace]", fastrace_ten),
    ];
    sizes
        .map(|(case, contender, total)| FutureSize::new(case, contender, Role::Peer, total))
        .into()
}
