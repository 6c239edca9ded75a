//! A receiver of OTLP over HTTP, and what it received.

#![allow(dead_code, unreachable_pub, clippy::unwrap_used, missing_docs)] // Each test uses a part.

pub mod harness;
pub mod received;
pub mod receiver;
pub mod warnings;
