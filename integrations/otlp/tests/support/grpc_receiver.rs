//! A receiver of OTLP over gRPC, and what it received.

use std::net::{SocketAddr, TcpListener};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Instant;

use opentelemetry_proto::tonic::collector::logs::v1::logs_service_server::{
    LogsService, LogsServiceServer,
};
use opentelemetry_proto::tonic::collector::logs::v1::{
    ExportLogsServiceRequest, ExportLogsServiceResponse,
};
use opentelemetry_proto::tonic::collector::trace::v1::trace_service_server::{
    TraceService, TraceServiceServer,
};
use opentelemetry_proto::tonic::collector::trace::v1::{
    ExportTracePartialSuccess, ExportTraceServiceRequest, ExportTraceServiceResponse,
};
use tonic::codec::CompressionEncoding;
use tonic::transport::Server;
use tonic::{Request, Response, Status};

use super::received::Received;

#[derive(Clone, Default)]
pub struct Service(pub Arc<Mutex<State>>);

#[derive(Default)]
pub struct State {
    pub requests: Vec<Received>,
    pub times: Vec<Instant>,
    pub keys: Vec<Option<String>>,
    pub encodings: Vec<Option<String>>,
    pub answers: Vec<Status>,
    pub rejects: i64,
}

impl Service {
    fn take(
        &self,
        request: Received,
        metadata: &tonic::metadata::MetadataMap,
    ) -> Result<i64, Status> {
        let mut state = self.0.lock().unwrap();
        let text = |name| {
            metadata
                .get(name)
                .map(|value| value.to_str().unwrap().to_owned())
        };
        state.times.push(Instant::now());
        state.keys.push(text("x-key"));
        state.encodings.push(text("grpc-encoding"));
        if let Some(status) = state.answers.pop() {
            return Err(status);
        }
        state.requests.push(request);
        Ok(std::mem::take(&mut state.rejects))
    }
}

#[tonic::async_trait]
impl TraceService for Service {
    async fn export(
        &self,
        request: Request<ExportTraceServiceRequest>,
    ) -> Result<Response<ExportTraceServiceResponse>, Status> {
        let (metadata, _, request) = request.into_parts();
        let rejected_spans = self.take(Received::Traces(request), &metadata)?;
        let partial_success = (rejected_spans > 0).then(|| ExportTracePartialSuccess {
            rejected_spans,
            error_message: "too old".to_owned(),
        });
        Ok(Response::new(ExportTraceServiceResponse {
            partial_success,
        }))
    }
}

#[tonic::async_trait]
impl LogsService for Service {
    async fn export(
        &self,
        request: Request<ExportLogsServiceRequest>,
    ) -> Result<Response<ExportLogsServiceResponse>, Status> {
        let (metadata, _, request) = request.into_parts();
        self.take(Received::Logs(request), &metadata)?;
        Ok(Response::new(ExportLogsServiceResponse::default()))
    }
}

/// A receiver on a runtime and a thread of its own.
pub fn start() -> (SocketAddr, Service) {
    let service = Service::default();
    let address = free_address();
    start_at(address, service.clone());
    (address, service)
}

/// An address that no receiver has yet.
pub fn free_address() -> SocketAddr {
    let socket = TcpListener::bind("127.0.0.1:0").unwrap();
    socket.local_addr().unwrap()
}

pub fn start_at(address: SocketAddr, service: Service) {
    serve(Server::builder(), address, service);
}

/// Serves at the address with the settings of `server`.
pub fn serve(mut server: Server, address: SocketAddr, service: Service) {
    thread::spawn(move || {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let gzip = CompressionEncoding::Gzip;
        let traces = TraceServiceServer::new(service.clone()).accept_compressed(gzip);
        let logs = LogsServiceServer::new(service).accept_compressed(gzip);
        let server = server.add_service(traces).add_service(logs);
        runtime.block_on(server.serve(address)).unwrap();
    });
}
