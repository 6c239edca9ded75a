//! A cache that computes each value once for all waiting requests. Each waiting request polls the
//! computation of the first request.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use axum::extract::State;
use futures_util::future::{BoxFuture, FutureExt as _, Shared as SharedFuture};
use tokio::task::yield_now;
use tracing::Instrument as _;
use whose::ScopeExt as _;

use super::{Id, Shared, log};

/// The number of values.
const VALUES: usize = 4;

type Filling = SharedFuture<BoxFuture<'static, ()>>;

/// The values under construction.
#[derive(Default)]
pub(super) struct Cache(Mutex<HashMap<usize, Filling>>);

impl Cache {
    /// The running computation of a random value, which starts if no computation runs.
    fn filling(&self, id: &Id) -> Filling {
        let value = fastrand::usize(..VALUES);
        let mut fillings = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let running = fillings
            .get(&value)
            .filter(|filling| filling.peek().is_none());
        if let Some(filling) = running {
            return filling.clone();
        }
        let filling = match value % 2 {
            0 => {
                let fill = fill(id.clone(), "cache filled by its scope");
                fill.with_current_scope().boxed().shared()
            }
            _ => {
                let fill = fill(id.clone(), "cache filled by its span");
                fill.in_current_span().boxed().shared()
            }
        };
        fillings.insert(value, filling.clone());
        filling
    }
}

async fn fill(id: Id, step: &'static str) {
    for _ in 0..3 {
        log(&id, step);
        yield_now().await;
    }
}

pub(super) async fn cached(State(shared): State<Arc<Shared>>, id: Id) {
    shared.cache.filling(&id).await;
    log(&id, "cache asked");
}
