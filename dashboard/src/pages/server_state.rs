//! What a server knows beside its store.

use serde::Serialize;
use whose_store::Timestamp;

/// What a server knows beside its store; see [`View::add_server_state`](super::View::add_server_state).
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct ServerState {
    pub(crate) wrong_tokens: WrongTokens,
}

/// The wrong tokens that the server was sent since its start: guesses, or mistakes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub(crate) struct WrongTokens {
    pub(crate) count: u64,
    /// The time of the last one.
    pub(crate) last: Option<Timestamp>,
}
