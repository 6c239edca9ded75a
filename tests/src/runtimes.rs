//! Runtimes of both kinds.

use tokio::runtime::{Builder, Runtime};

/// A runtime with four worker threads.
#[must_use]
pub fn many_threads() -> Runtime {
    let mut builder = Builder::new_multi_thread();
    builder
        .worker_threads(4)
        .enable_all()
        .build()
        .expect("a runtime")
}

/// A runtime on the calling thread.
#[must_use]
pub fn one_thread() -> Runtime {
    Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime")
}
