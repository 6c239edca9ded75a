//! Handlers that fail, panic, or are never finished.

use std::future::pending;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use tokio::task::yield_now;

use super::{Id, Shared, log};

/// Logs on drop, when its work is cancelled.
pub(super) struct LogOnDrop(pub(super) Id);

impl Drop for LogOnDrop {
    fn drop(&mut self) {
        log(&self.0, "gave up");
    }
}

pub(super) async fn panic(State(shared): State<Arc<Shared>>, id: Id) {
    shared.panic_in_task(&id).await;
    log(&id, "about to panic");
    let _log_on_drop = LogOnDrop(id.clone());
    yield_now().await;
    panic!("{id}: panics in a handler");
}

/// Waits forever: the client disconnects.
pub(super) async fn cancel(State(shared): State<Arc<Shared>>, id: Id) {
    let _log_on_drop = LogOnDrop(id.clone());
    log(&id, "waits for ever");
    shared.rendezvous.arrive(id.as_str());
    pending().await
}

/// Times out.
pub(super) async fn timeout(id: Id) {
    let forever = async {
        let _log_on_drop = LogOnDrop(id.clone());
        pending::<()>().await;
    };
    let late = tokio::time::timeout(Duration::from_millis(1), forever).await;
    assert!(late.is_err());
    log(&id, "timed out");
}

#[derive(Debug)]
struct Refused {
    id: Id,
    why: &'static str,
}

impl std::error::Error for Refused {}

impl std::fmt::Display for Refused {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.id, self.why)
    }
}

pub(super) async fn failure(id: Id) {
    let failed = charge(&id).await;
    assert!(failed.is_err());
    let why = "refused by hand";
    whose::capture_error(&Refused {
        id: id.clone(),
        why,
    });
    whose::usage(format!("{id}: model"))
        .input_tokens(7)
        .record();
}

#[whose::trace(fields(request = id.as_str()), err)]
async fn charge(id: &Id) -> Result<(), Refused> {
    yield_now().await;
    let why = "refused";
    Err(Refused {
        id: id.clone(),
        why,
    })
}
