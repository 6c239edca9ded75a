//! `tower` layers for HTTP: the scope and the span of a request.

mod body;
mod client;
mod future;
mod layer;
mod readers;
mod request_span;

pub use body::ResponseBody;
pub use client::{ClientLayer, ClientService};
pub use future::ResponseFuture;
pub use layer::{AttributionLayer, AttributionService};
