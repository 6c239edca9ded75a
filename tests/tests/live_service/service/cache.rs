//! A cache that fills each value once for all waiting requests: each polled request continues the
//! work of the first one.

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
    /// The value that is being made, or is from now on.
    fn filling(&self, id: &Id) -> Filling {
        let value = fastrand::usize(..VALUES);
        let mut fillings = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let going_on = fillings.get(&value).filter(|it| it.peek().is_none());
        if let Some(filling) = going_on {
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
