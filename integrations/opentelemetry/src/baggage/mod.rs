//! Baggage: members on spans and logs, identity to peers and from peers.

mod inbound;
mod outbound;
mod processor;

pub use inbound::remote_scope;
pub use outbound::OutboundBaggage;
pub use processor::BaggageProcessor;
