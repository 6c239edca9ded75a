//! What a server knows beside its store.

use serde::Serialize;
use whose_store::Timestamp;

/// What a server knows beside its store; see [`View::add_server_state`](super::View::add_server_state).
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct ServerState {
    pub(crate) wrong_tokens: WrongTokens,
    /// `None` where the server takes no records.
    pub(crate) received: Option<ReceivedCounts>,
}

/// The records that other programs have sent since the start of the server.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub(crate) struct ReceivedCounts {
    /// The spans and log records that the store has accepted.
    pub(crate) taken: u64,
    /// Spans and log records that were sent again, and were taken before.
    pub(crate) repeated: u64,
    /// Spans and log records that were not taken, because they have no meaning.
    pub(crate) rejected: u64,
    /// Requests that were refused whole: too large, in another format, or no message of OTLP.
    pub(crate) refused_requests: u64,
    /// Requests that the sender has to send again, because the disk or the server was too busy.
    pub(crate) delayed_requests: u64,
    /// Records that were not written, because they began before their user was forgotten.
    pub(crate) forgotten: u64,
    /// Records that the store accepted and could not write.
    pub(crate) lost: u64,
    /// The time of the last request whose records are on disk.
    pub(crate) last: Option<Timestamp>,
}

/// The wrong tokens that the server was sent since its start: guesses, or mistakes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub(crate) struct WrongTokens {
    pub(crate) count: u64,
    /// The time of the last one.
    pub(crate) last: Option<Timestamp>,
}
