//! Two users pay at the same time, and Spotlight shows who did what.
//!
//! ```sh
//! cargo run -p whose-sentry --features spotlight --example spotlight -- http://localhost:8969/stream
//! ```

use std::time::Duration;

use sentry::integrations::tracing::{LogLayer, SpanLayer};
use tracing::Instrument;
use tracing::level_filters::LevelFilter;
use tracing_subscriber::Layer;
use tracing_subscriber::prelude::*;
use whose::{Scope, ScopeExt};
use whose_sentry::Spotlight;

#[derive(Debug)]
struct Declined(String);

impl std::fmt::Display for Declined {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "card declined for {}", self.0)
    }
}

impl std::error::Error for Declined {}

async fn charge(card: &str) -> Result<(), Declined> {
    tokio::time::sleep(Duration::from_millis(5)).await;
    Err(Declined(card.into()))
}

async fn checkout(user: &'static str, session: &'static str) {
    whose::set_user(whose::User::new(user).with_email(format!("{user}@example.com")));
    whose::set_session(session);
    whose::set_tag("plan", "pro");
    tracing::info!(items = 2, "opened checkout");
    let charged = charge("4242")
        .instrument(tracing::info_span!("charge"))
        .await;
    if let Err(error) = charged {
        whose::error(&error).tag("step", "charge").capture();
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), tokio::task::JoinError> {
    let url = std::env::args().nth(1);
    let url = url.unwrap_or_else(|| "http://localhost:8969/stream".into());
    let options = sentry::ClientOptions::new()
        .release("shop@1.0")
        .environment("local")
        .traces_sample_rate(1.0)
        .add_integration(whose_sentry::Integration::new());
    let guard = sentry::init(Spotlight::new(url).add_to(options));
    let peers = SpanLayer::new()
        .and_then(LogLayer::new())
        .with_filter(LevelFilter::INFO);
    let attribution = whose::layer()
        .with_breadcrumbs(tracing::Level::INFO, |_| true)
        .with_sink(whose_sentry::sink());
    tracing_subscriber::registry()
        .with(attribution)
        .with(whose_sentry::layer(peers))
        .init();

    let users = [("alice", "visit-1"), ("bob", "visit-2")];
    let requests = users.map(|(user, session)| {
        // The span is open before the user is known, as the span of a server is.
        let request = Scope::isolated().in_scope(|| {
            let span = tracing::info_span!("POST /checkout");
            checkout(user, session)
                .instrument(span)
                .with_current_scope()
        });
        tokio::spawn(request)
    });
    for request in requests {
        request.await?;
    }
    let is_sent = guard.flush(Some(Duration::from_secs(5)));
    println!("sent: {is_sent}");
    Ok(())
}
