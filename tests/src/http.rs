//! A client to talk to real servers with.

/// A client that goes to no proxy, still to be built.
pub fn client() -> reqwest::ClientBuilder {
    // Built beside the example, `reqwest` has TLS, and wants a provider of it even for plain HTTP.
    // Another test of this process may have installed it already.
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder().no_proxy()
}
