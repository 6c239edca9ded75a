//! Puts the user and the session of `whose` on what Sentry sends: events, transactions, spans, logs
//! and metrics.
//!
//! Sentry keeps the user on a hub, and a future that is not bound to a hub shares the hub of its
//! thread with every other task. `whose` knows the user of each span and event, so the user is right
//! without `bind_hub`.
//!
//! ```
//! use tracing::level_filters::LevelFilter;
//! use tracing_subscriber::prelude::*;
//!
//! let _guard = sentry::init(
//!     sentry::ClientOptions::new()
//!         .traces_sample_rate(1.0)
//!         .add_integration(whose_sentry::Integration::new()),
//! );
//! let spans = sentry::integrations::tracing::SpanLayer::new().with_filter(LevelFilter::INFO);
//! let subscriber = tracing_subscriber::registry()
//!     .with(whose::layer().with_sink(whose_sentry::sink()))
//!     .with(whose_sentry::layer(spans));
//! # let _ = subscriber;
//! ```
//!
//! - [`layer`] wraps the layers of `sentry-tracing`: each transaction and span gets the user of its
//!   own `tracing` span, and each event the user of its own `tracing` event.
//! - [`Integration`] covers what the application captures with Sentry's own functions.
//! - [`sink`] reports the errors that `whose` records, with their fingerprint, causes, breadcrumbs and
//!   feature flags. The sink replaces the `ErrorLayer` of `sentry-tracing`.
//!
//! # Which user
//! In a scope of `whose`, `whose` decides: its user replaces the user of Sentry's scope, and where
//! `whose` knows that there is no user, Sentry gets none. Outside every scope of `whose`
//! ([`NoScope`](whose::UnattributedReason::NoScope),
//! [`GlobalOnly`](whose::UnattributedReason::GlobalOnly)) the user of Sentry's scope stays.
//!
//! # Where each part goes
//! | `whose` | Sentry |
//! |---|---|
//! | id; without an id, the pseudonym of the policy | `user.id` |
//! | email, username, address | `user.email`, `user.username`, `user.ip_address` |
//! | full name, segment, attributes | `user.name`, `user.segment`, `user.data` |
//! | session, conversation, innermost actor | tags `session.id`, `gen_ai.conversation.id`, `whose.actor.id`, and the context `whose` of an event |
//! | tags, extra, contexts | tags, extra, contexts; a span has tags only |
//! | sources of the user, the session and the actor | the context `whose` of an event |
//! | feature flags of an error | the context `flags` |
//!
//! Sentry's own "session" is the release health of a program or request, and stays what Sentry makes
//! of it.
//!
//! # Privacy
//! The [policies](whose::Layer::with_policy) of the layer of `whose` are applied to everything that
//! this crate sends. `ClientOptions::send_default_pii` has no effect on these values: a policy drops
//! an email or an address.
//!
//! # Features
//! | feature | adds |
//! |---|---|
//! | `spotlight` | [`Spotlight`], a transport that sends to a local Spotlight |

#![cfg_attr(docsrs, feature(doc_cfg))]

mod attributes;
mod breadcrumbs;
mod closing;
mod convert;
mod error_event;
mod in_progress;
mod integration;
mod layer;
mod sink;
mod span_hubs;
#[cfg(feature = "spotlight")]
mod spotlight;
mod stacktrace;
mod trace_ids;
mod warnings;

pub use integration::Integration;
pub use layer::layer;
pub use sink::{Sink, sink};
#[cfg(feature = "spotlight")]
pub use spotlight::{Spotlight, spotlight};

/// Compiles the page of the documentation and the README, and runs their examples.
#[cfg(doctest)]
mod pages {
    #[doc = include_str!(concat!("../../../", "docs/sentry.md"))]
    struct WithSentry;
    #[doc = include_str!("../README.md")]
    struct Readme;
}
