//! Sending a request, and reading the answer.

mod answer;
#[cfg(feature = "grpc")]
mod codec;
mod compress;
#[cfg(feature = "grpc")]
mod grpc;
#[cfg(feature = "grpc")]
mod grpc_status;
#[cfg(all(feature = "grpc", feature = "tls"))]
mod grpc_tls;
mod http;
#[cfg(feature = "tls")]
mod http_tls;
mod partial_success;
mod reply;
mod retry_after;
mod rpc_status;
mod transport;

pub(crate) use reply::Reply;
pub(crate) use transport::Transport;
