//! OTLP over gRPC.

use std::time::Duration;

use prost::bytes::Bytes;
use tokio::runtime::{Builder, Runtime};
use tonic::client::Grpc as Client;
use tonic::codec::CompressionEncoding;
use tonic::codegen::http::uri::PathAndQuery;
use tonic::metadata::MetadataMap;
use tonic::transport::{Channel, Endpoint};
use tonic::{Request, Status};

use crate::config::{Compression, SignalSettings};
use crate::transport::codec::BytesCodec;
use crate::transport::grpc_status::{innermost, reply};
use crate::transport::partial_success::accepted;
use crate::transport::reply::Reply;

/// Sends requests over one connection, which a runtime of this thread alone drives.
#[derive(Debug)]
pub(crate) struct Grpc {
    /// `None` after the drop.
    runtime: Option<Runtime>,
    channel: Channel,
    settings: SignalSettings,
    metadata: MetadataMap,
}

impl Grpc {
    /// # Errors
    /// Why the settings cannot be used.
    pub(crate) fn new(settings: SignalSettings) -> Result<Self, String> {
        let endpoint = Endpoint::from(settings.endpoint.clone())
            .user_agent(concat!("whose-otlp/", env!("CARGO_PKG_VERSION")))
            .map_err(|error| error.to_string())?;
        #[cfg(feature = "tls")]
        let endpoint = crate::transport::grpc_tls::configure(endpoint, &settings)?;
        let runtime = Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(|error| format!("no runtime for gRPC: {error}"))?;
        // The channel begins tasks of its own.
        let channel = {
            let _entered = runtime.enter();
            endpoint.connect_lazy()
        };
        let metadata = MetadataMap::from_headers(settings.headers.iter().cloned().collect());
        Ok(Self {
            runtime: Some(runtime),
            channel,
            settings,
            metadata,
        })
    }

    pub(crate) fn send(&self, request: &[u8], timeout: Duration) -> Reply {
        let call = async {
            match tokio::time::timeout(timeout, self.call(request)).await {
                Ok(reply) => reply,
                Err(_) => Reply::Unreachable {
                    reason: format!("no answer within {timeout:?}"),
                },
            }
        };
        match &self.runtime {
            Some(runtime) => runtime.block_on(call),
            None => Reply::Unreachable {
                reason: "the transport has ended".to_owned(),
            },
        }
    }

    async fn call(&self, request: &[u8]) -> Reply {
        let mut client = Client::new(self.channel.clone());
        if self.settings.compression == Compression::Gzip {
            client = client.send_compressed(CompressionEncoding::Gzip);
        }
        if let Err(error) = client.ready().await {
            return Reply::Unreachable {
                reason: innermost(&error).to_string(),
            };
        }
        let signal = self.settings.signal;
        let mut request = Request::new(Bytes::copy_from_slice(request));
        *request.metadata_mut() = self.metadata.clone();
        let path = PathAndQuery::from_static(signal.grpc_path());
        let answer: Result<_, Status> = client.unary(request, path, BytesCodec).await;
        match answer {
            Ok(answer) => accepted(signal, answer.get_ref()),
            Err(status) => reply(&status),
        }
    }
}

impl Drop for Grpc {
    fn drop(&mut self) {
        // A runtime that is dropped inside another one would panic.
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}
