//! The transport of one signal.

use std::time::Duration;

use crate::config::{Protocol, SignalSettings};
#[cfg(feature = "grpc")]
use crate::transport::grpc::Grpc;
use crate::transport::http::Http;
use crate::transport::reply::Reply;

/// The transport of one signal.
#[derive(Debug)]
pub(crate) enum Transport {
    Http(Http),
    #[cfg(feature = "grpc")]
    Grpc(Grpc),
}

impl Transport {
    /// # Errors
    /// Why the settings cannot be used.
    pub(crate) fn new(settings: SignalSettings) -> Result<Self, String> {
        match settings.protocol {
            #[cfg(feature = "grpc")]
            Protocol::Grpc => Grpc::new(settings).map(Self::Grpc),
            // The settings refuse gRPC where the feature is missing.
            #[cfg(not(feature = "grpc"))]
            Protocol::Grpc => Err("the feature `grpc` is missing".to_owned()),
            Protocol::HttpProtobuf => Http::new(settings).map(Self::Http),
        }
    }

    /// Makes the bytes that every attempt sends.
    pub(crate) fn prepare(&self, request: Vec<u8>) -> Vec<u8> {
        match self {
            Self::Http(http) => http.prepare(request),
            // The channel compresses the request itself.
            #[cfg(feature = "grpc")]
            Self::Grpc(_) => request,
        }
    }

    pub(crate) fn send(&self, request: &[u8], timeout: Duration) -> Reply {
        match self {
            Self::Http(http) => http.send(request, timeout),
            #[cfg(feature = "grpc")]
            Self::Grpc(grpc) => grpc.send(request, timeout),
        }
    }
}
