//! An HTTP client for real servers.

/// A builder of a client without a proxy.
pub fn client() -> reqwest::ClientBuilder {
    // In a build with the example, `reqwest` has TLS and needs a provider even for plain HTTP.
    // Another test of this process may have installed the provider.
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder().no_proxy()
}
