//! What the handlers of all requests share.

use std::sync::Arc;

use crate::accounts::Accounts;
use crate::model::ModelClient;
use crate::workers::Workers;

/// The state of all handlers.
#[derive(Clone)]
pub(crate) struct Desk {
    pub(crate) accounts: Arc<Accounts>,
    pub(crate) model: ModelClient,
    pub(crate) workers: Workers,
}
