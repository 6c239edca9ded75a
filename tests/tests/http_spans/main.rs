//! `AttributionLayer` records each request as a span, over real connections.

mod ends;
mod fields;
mod other_layers;
mod service;
mod users;
