use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tracing::dispatcher::with_default;
use tracing::{Dispatch, info, info_span};
use tracing_subscriber::layer::SubscriberExt as _;
use whose::User;

use crate::model::Answer;
use crate::runner::Collected;

/// Collects whose the records of one test are.
#[derive(Debug)]
pub struct Desk {
    dispatch: Dispatch,
    collected: Arc<Collected>,
    next: AtomicU64,
}

impl Desk {
    /// A desk with a subscriber of its own.
    #[must_use]
    pub fn new() -> Self {
        let collected = Arc::new(Collected::default());
        let layer = whose::layer().with_sink(Arc::clone(&collected));
        let dispatch = Dispatch::new(tracing_subscriber::registry().with(layer));
        Self {
            dispatch,
            collected,
            next: AtomicU64::new(0),
        }
    }

    /// Runs a case under a global layer of its own.
    pub fn case(&self, case: impl FnOnce()) {
        with_default(&self.dispatch, || {
            let _global = whose::testing::isolate_global();
            case();
        });
    }

    /// Emits an event and a span with these fields here; gives back whose they were.
    ///
    /// # Panics
    /// If there is no record of either.
    #[must_use]
    pub fn emit(&self, user: &Option<User>, session: Option<&str>) -> [Answer; 2] {
        let n = self.next.fetch_add(2, Ordering::Relaxed);
        let (id, email, segment) = fields(user);
        info!(
            n,
            user.id = id,
            user.email = email,
            user.segment = segment,
            session.id = session,
            "event"
        );
        let span = info_span!(
            "span",
            n = n + 1,
            user.id = id,
            user.email = email,
            user.segment = segment,
            session.id = session
        );
        drop(span);
        let mut records = self.collected.take();
        [n, n + 1].map(|n| {
            let Some(answer) = records.remove(&n) else {
                panic!("no record of the event or of the span");
            };
            answer
        })
    }
}

impl Default for Desk {
    fn default() -> Self {
        Self::new()
    }
}

/// What the fields of a record say of a user.
pub(super) fn fields(user: &Option<User>) -> (Option<&str>, Option<&str>, Option<&str>) {
    let user = user.as_ref();
    (
        user.and_then(User::id),
        user.and_then(User::email),
        user.and_then(User::segment),
    )
}
