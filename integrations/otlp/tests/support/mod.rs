//! Receivers of OTLP over HTTP and over gRPC, and what they received.

#![allow(dead_code, unreachable_pub, clippy::unwrap_used, missing_docs)] // Each test uses a part.

#[cfg(feature = "grpc")]
pub mod grpc_receiver;
pub mod harness;
pub mod received;
pub mod receiver;
pub mod warnings;
