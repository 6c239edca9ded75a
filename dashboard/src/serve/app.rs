//! What every request shares.

use std::sync::Arc;

use super::reader_pool::ReaderPool;

/// What every request shares.
#[derive(Clone, Debug)]
pub(super) struct App {
    pub(super) readers: Arc<ReaderPool>,
}
