//! Many users at once, on both runtimes: what Sentry gets is counted against a truth that the program
//! writes on each span, event and log itself.
#![allow(clippy::unwrap_used)] // Clippy does not treat helpers as test code.

mod common;

use std::sync::Arc;

use common::{Count, Sent, Sentry, id};
use sentry::integrations::tracing::{ErrorLayer, LogLayer, SpanLayer};
use tokio::runtime::Builder;
use tokio::sync::Barrier;
use tokio::task::{JoinSet, yield_now};
use tracing::level_filters::LevelFilter;
use tracing::{Instrument, info_span};
use tracing_subscriber::prelude::*;
use whose::{Scope, ScopeExt};

const USERS: usize = 30;

async fn step(user: &str) {
    for _ in 0..3 {
        yield_now().await;
        let span = info_span!("step", truth = user);
        async { tracing::info!(truth = user, "step of {user}") }
            .instrument(span)
            .await;
    }
    tracing::error!("failed for {user}");
    sentry::capture_message(&format!("message of {user}"), sentry::Level::Info);
}

/// A request that logs in late, and goes on in tasks and on threads of a pool.
async fn request(user: String, barrier: Arc<Barrier>) {
    barrier.wait().await;
    whose::set_user(&user);
    whose::set_session(format!("session of {user}"));
    step(&user).await;

    let of_task = user.clone();
    let job = async move {
        step(&of_task)
            .instrument(info_span!("task", truth = of_task))
            .await
    };
    whose::task::spawn(job).await.unwrap();

    let mut set = JoinSet::new();
    for _ in 0..2 {
        let user = user.clone();
        let job = async move {
            step(&user)
                .instrument(info_span!("set", truth = user))
                .await
        };
        set.spawn(job.with_current_scope());
    }
    set.join_all().await;

    // A task that carries nothing but its span.
    let span = info_span!("carried", truth = user);
    let of_span = user.clone();
    let job = async move { step(&of_span).await };
    tokio::spawn(job.instrument(span)).await.unwrap();

    let of_thread = user.clone();
    let job = move || {
        info_span!("blocking", truth = of_thread)
            .in_scope(|| tracing::error!("failed for {of_thread}"));
    };
    whose::task::spawn_blocking(job).await.unwrap();
}

async fn run() {
    let barrier = Arc::new(Barrier::new(USERS));
    let mut requests = JoinSet::new();
    for n in 0..USERS {
        let (user, barrier) = (format!("user-{n}"), Arc::clone(&barrier));
        let request = async move {
            let span = info_span!("request", truth = user);
            request(user, barrier).instrument(span).await;
        };
        requests.spawn(request.with_scope(Scope::isolated()));
    }
    requests.join_all().await;
}

fn check(sent: &Sent) {
    let (mut events, mut logs) = (Count::default(), Count::default());
    for event in &sent.events {
        let message = event.message.as_deref().unwrap();
        let truth = message.rsplit(' ').next().unwrap();
        events.add(id(&event.user), truth);
        assert_eq!(event.tags["session.id"], format!("session of {truth}"));
    }
    for log in sent
        .logs
        .iter()
        .filter(|log| log.attributes.contains_key("truth"))
    {
        let text = |name: &str| log.attributes.get(name).and_then(|it| it.0.as_str());
        logs.add(text("user.id"), text("truth").unwrap());
    }
    let (transactions, spans) = sent.count_spans();
    // A step runs in the request, in one task, in two of a set and in one with a span.
    assert_eq!(events, Count::right(USERS * (5 * 2 + 1)));
    assert_eq!(logs, Count::right(USERS * 5 * 3));
    let all = transactions.right + spans.right;
    assert_eq!(all, USERS * (5 * 3 + 6), "{transactions:?} {spans:?}");
    assert_eq!((transactions.missing, transactions.wrong), (0, 0));
    assert_eq!((spans.missing, spans.wrong), (0, 0));
    assert!(transactions.right >= USERS, "{transactions:?}");
}

#[test]
fn interleaved_tasks_have_their_own_users() {
    let sentry = Sentry::start_attributed();
    let spans = SpanLayer::new().with_filter(LevelFilter::INFO);
    let errors = ErrorLayer::new().with_filter(LevelFilter::ERROR);
    let logs = LogLayer::new().with_filter(LevelFilter::INFO);
    tracing_subscriber::registry()
        .with(whose::layer())
        .with(whose_sentry::layer(spans.and_then(errors).and_then(logs)))
        .init();

    let current_thread = Builder::new_current_thread().enable_all().build().unwrap();
    current_thread.block_on(run());
    check(&sentry.sent());

    let multi_thread = Builder::new_multi_thread()
        .worker_threads(4)
        .enable_all()
        .build()
        .unwrap();
    multi_thread.block_on(run());
    check(&sentry.sent());
}
