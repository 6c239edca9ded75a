//! An HTTP client for real servers, and the spans of requests.

use std::sync::Arc;
use std::time::Duration;

use whose::Record;
use whose::names::http::{PATH, TARGET};

use crate::recorder::recorder;

/// The closed spans of requests of that path: of the server, and of the client.
pub fn request_spans(name: &str, path: &str) -> Vec<Arc<Record>> {
    let mut spans = recorder().records();
    spans.retain(|span| {
        let is_of_path = span
            .field(PATH.name)
            .is_some_and(|field| field.as_str() == Some(path));
        span.target() == TARGET && span.name() == name && is_of_path
    });
    spans
}

/// Waits for the one span of a request of that path.
///
/// # Panics
/// If no such span closes, or more than one.
pub async fn request_span(name: &str, path: &str) -> Arc<Record> {
    let closed = async {
        while request_spans(name, path).is_empty() {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    };
    let closed = tokio::time::timeout(Duration::from_secs(60), closed).await;
    assert!(closed.is_ok(), "no span of {path} closes");
    let spans = request_spans(name, path);
    assert_eq!(spans.len(), 1, "{path}");
    spans[0].clone()
}

/// A builder of a client without a proxy.
pub fn client() -> reqwest::ClientBuilder {
    // In a build with the example, `reqwest` has TLS and needs a provider even for plain HTTP.
    // Another test of this process may have installed the provider.
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder().no_proxy()
}
