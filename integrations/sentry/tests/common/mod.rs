//! What the tests share: a client whose transport keeps envelopes, and readers of what was sent.

#![allow(dead_code)] // Each test file uses some of the helpers.
#![allow(clippy::unwrap_used, clippy::expect_used)] // Clippy does not treat helpers as test code.

use std::collections::BTreeMap;
use std::sync::Arc;

use sentry::protocol::{Context, EnvelopeItem, Event, ItemContainer, Log, Transaction, User};
use sentry::test::TestTransport;
use sentry::{Client, ClientOptions, Envelope, Hub};

/// What a client sent.
#[derive(Default)]
pub(crate) struct Sent {
    pub(crate) events: Vec<Event<'static>>,
    pub(crate) transactions: Vec<Transaction<'static>>,
    pub(crate) logs: Vec<Log>,
}

/// A client for the whole process, and its transport.
pub(crate) struct Sentry {
    client: Arc<Client>,
    transport: Arc<TestTransport>,
}

pub(crate) fn options() -> ClientOptions {
    ClientOptions::new()
        .dsn("https://public@sentry.invalid/1")
        .traces_sample_rate(1.0)
}

impl Sentry {
    /// Binds a client with these options to the main hub. Call the function before any thread uses
    /// Sentry.
    pub(crate) fn start(options: ClientOptions) -> Self {
        let transport = TestTransport::new();
        let client = Arc::new(Client::from(options.transport(Arc::clone(&transport))));
        Hub::main().bind_client(Some(Arc::clone(&client)));
        Self { client, transport }
    }

    /// With the integration.
    pub(crate) fn start_attributed() -> Self {
        Self::start(attributed())
    }

    pub(crate) fn sent(&self) -> Sent {
        self.client.flush(None);
        sent(self.transport.fetch_and_clear_envelopes())
    }
}

/// What a client with these options sends while `f` runs with a subscriber, on this thread.
pub(crate) fn captured(
    options: ClientOptions,
    subscriber: impl Into<tracing::Dispatch>,
    f: impl FnOnce(),
) -> Sent {
    let dispatch = subscriber.into();
    let run = || tracing::dispatcher::with_default(&dispatch, f);
    sent(sentry::test::with_captured_envelopes_options(run, options))
}

/// The options with the integration.
pub(crate) fn attributed() -> ClientOptions {
    options().add_integration(whose_sentry::Integration::new())
}

pub(crate) fn sent(envelopes: Vec<Envelope>) -> Sent {
    let mut sent = Sent::default();
    for item in envelopes.into_iter().flat_map(Envelope::into_items) {
        match item {
            EnvelopeItem::Event(event) => sent.events.push(*event),
            EnvelopeItem::Transaction(transaction) => sent.transactions.push(*transaction),
            EnvelopeItem::ItemContainer(ItemContainer::Logs(logs)) => sent.logs.extend(logs),
            _ => {}
        }
    }
    sent
}

pub(crate) fn id(user: &Option<User>) -> Option<&str> {
    user.as_ref()?.id.as_deref()
}

/// How many values have the right user, no user, and another user.
#[derive(Debug, Default, PartialEq, Eq, Clone, Copy)]
pub(crate) struct Count {
    pub(crate) right: usize,
    pub(crate) missing: usize,
    pub(crate) wrong: usize,
}

impl Count {
    /// `seen` is what Sentry got; `truth` is who caused it.
    pub(crate) fn add(&mut self, seen: Option<&str>, truth: &str) {
        match seen {
            Some(seen) if seen == truth => self.right += 1,
            None => self.missing += 1,
            Some(_) => self.wrong += 1,
        }
    }

    pub(crate) fn right(right: usize) -> Self {
        Self {
            right,
            ..Self::default()
        }
    }
}

/// The value of the field `truth`, which the program wrote on the span itself.
pub(crate) fn truth_of(data: &BTreeMap<String, serde_json::Value>) -> &str {
    data["truth"].as_str().expect("each span has a truth")
}

/// The attributes of the span that a transaction is.
pub(crate) fn trace_data<'a>(
    transaction: &'a Transaction<'_>,
) -> &'a BTreeMap<String, serde_json::Value> {
    match &transaction.contexts["trace"] {
        Context::Trace(trace) => &trace.data,
        other => panic!("no trace: {other:?}"),
    }
}

impl Sent {
    /// Transactions by their own user, and spans by the attribute, against the field `truth`.
    pub(crate) fn count_spans(&self) -> (Count, Count) {
        let (mut transactions, mut spans) = (Count::default(), Count::default());
        for transaction in &self.transactions {
            transactions.add(id(&transaction.user), truth_of(trace_data(transaction)));
            for span in &transaction.spans {
                let seen = span.data.get("user.id").and_then(|it| it.as_str());
                spans.add(seen, truth_of(&span.data));
            }
        }
        (transactions, spans)
    }
}
