//! The bug of Sentry's own service (getsentry/relay #6059; sentry-rust #399, #507, #675): a user is set
//! on the hub, and the future is not bound to a hub of its own. Each task then reports the user that
//! another task of the thread set last.

#![allow(clippy::unwrap_used)] // Clippy does not treat helpers as test code.

use std::sync::Arc;
use std::time::Duration;

use sentry::integrations::tracing::{ErrorLayer, SpanLayer};
use sentry::protocol::User;
use sentry::{ClientOptions, Hub};
use tokio::sync::Barrier;
use tracing::Instrument;
use tracing::level_filters::LevelFilter;
use tracing_subscriber::prelude::*;
use whose::{Scope, ScopeExt};

mod common;
use common::{Count, id};

const USERS: usize = 20;

/// One request as such a service handles it: authenticate, wait for another service, report.
///
/// `tells_whose` is the one line that the service adds.
async fn handle(user: String, barrier: Arc<Barrier>, tells_whose: bool) {
    sentry::configure_scope(|scope| {
        scope.set_user(Some(User {
            id: Some(user.clone()),
            ..User::default()
        }));
    });
    if tells_whose {
        whose::set_user(&user);
    }
    barrier.wait().await;
    tracing::error!("upstream failed for {user}");
    sentry::capture_message(&format!("message of {user}"), sentry::Level::Warning);
    tokio::time::sleep(Duration::from_millis(1)).await;
}

fn run(options: ClientOptions, is_ours: bool) -> common::Sent {
    let transport = sentry::test::TestTransport::new();
    let options = options
        .dsn("https://public@sentry.invalid/1")
        .traces_sample_rate(1.0)
        .transport(Arc::clone(&transport));
    let hub = Arc::new(Hub::new(Some(Arc::new(options.into())), Arc::default()));
    macro_rules! spans {
        () => {
            SpanLayer::new().with_filter(LevelFilter::INFO)
        };
    }
    macro_rules! errors {
        () => {
            ErrorLayer::new().with_filter(LevelFilter::ERROR)
        };
    }
    let registry = tracing_subscriber::registry();
    let dispatch: tracing::Dispatch = match is_ours {
        false => registry.with(spans!()).with(errors!()).into(),
        true => registry
            .with(whose::layer())
            .with(whose_sentry::layer(spans!().and_then(errors!())))
            .into(),
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()
        .unwrap();
    Hub::run(hub, || {
        tracing::dispatcher::with_default(&dispatch, || {
            runtime.block_on(async {
                let barrier = Arc::new(Barrier::new(USERS));
                let tasks: Vec<_> = (0..USERS)
                    .map(|n| {
                        let user = format!("user-{n}");
                        let barrier = Arc::clone(&barrier);
                        let request = async move {
                            // Open before the user is known, as the span of a server is.
                            let span = tracing::info_span!("request", truth = user);
                            handle(user, barrier, is_ours).instrument(span).await;
                        };
                        tokio::spawn(request.with_scope(Scope::isolated()))
                    })
                    .collect();
                for task in tasks {
                    task.await.unwrap();
                }
            });
        });
    });
    common::sent(transport.fetch_and_clear_envelopes())
}

/// Each event says in its message who caused it.
fn count(events: &[sentry::protocol::Event<'_>]) -> Count {
    let mut count = Count::default();
    for event in events {
        let message = event.message.as_deref().unwrap();
        count.add(id(&event.user), message.rsplit(' ').next().unwrap());
    }
    count
}

#[test]
fn hub_that_is_not_bound_reports_other_users_with_sentry_alone() {
    let sent = run(ClientOptions::new(), false);
    assert_eq!(sent.events.len(), 2 * USERS);
    let of_events = count(&sent.events);
    assert!(of_events.right < 2 * USERS, "{of_events:?}");
    let (transactions, _) = sent.count_spans();
    assert_eq!(transactions.right, 0, "{transactions:?}");
}

#[test]
fn hub_that_is_not_bound_reports_the_right_users_with_ours() {
    let options = ClientOptions::new().add_integration(whose_sentry::Integration::new());
    let sent = run(options, true);
    assert_eq!(count(&sent.events), Count::right(2 * USERS));
    assert_eq!(sent.transactions.len(), USERS);
    let (transactions, _) = sent.count_spans();
    assert_eq!(transactions, Count::right(USERS));
}
