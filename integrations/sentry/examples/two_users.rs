//! Two users at the same time, and what Sentry is sent about them. Needs no network.
//!
//! ```sh
//! cargo run -p whose-sentry --example two_users
//! ```

use std::sync::Arc;
use std::time::Duration;

use sentry::integrations::tracing::SpanLayer;
use sentry::protocol::EnvelopeItem;
use sentry::{ClientOptions, Envelope, Transport};
use tracing::Instrument;
use tracing::level_filters::LevelFilter;
use tracing_subscriber::prelude::*;
use whose::{Scope, ScopeExt};

/// A transport that prints the user of each event and transaction.
struct Print;

impl Transport for Print {
    fn send_envelope(&self, envelope: Envelope) {
        for item in envelope.items() {
            let (kind, user) = match item {
                EnvelopeItem::Event(event) => ("event", &event.user),
                EnvelopeItem::Transaction(transaction) => ("transaction", &transaction.user),
                _ => continue,
            };
            let id = user.as_ref().and_then(|user| user.id.as_deref());
            println!("{kind} of user {}", id.unwrap_or("unknown"));
        }
    }
}

async fn request(user: &'static str) {
    async {
        whose::set_user(user);
        // The other request runs here, on the same thread.
        tokio::time::sleep(Duration::from_millis(5)).await;
        whose::capture_message("card declined");
    }
    .instrument(tracing::info_span!("request"))
    .await;
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), tokio::task::JoinError> {
    let options = ClientOptions::new()
        .dsn("http://key@localhost/1")
        .traces_sample_rate(1.0)
        .transport(|_: &ClientOptions| Arc::new(Print) as Arc<dyn Transport>)
        .add_integration(whose_sentry::Integration::new());
    let _guard = sentry::init(options);
    tracing_subscriber::registry()
        .with(whose::layer().with_sink(whose_sentry::sink()))
        .with(whose_sentry::layer(
            SpanLayer::new().with_filter(LevelFilter::INFO),
        ))
        .init();

    let alice = tokio::spawn(request("alice").with_scope(Scope::isolated()));
    let bob = tokio::spawn(request("bob").with_scope(Scope::isolated()));
    alice.await?;
    bob.await
}
