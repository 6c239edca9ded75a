//! TLS of OTLP over gRPC.

use std::fs;
use std::path::Path;

use tonic::transport::{Certificate, ClientTlsConfig, Endpoint, Identity};

use crate::config::SignalSettings;

/// Adds TLS to an endpoint with the scheme `https`: by default, the certificates of Mozilla's list
/// are trusted.
///
/// # Errors
/// Which file cannot be used, and why.
pub(crate) fn configure(endpoint: Endpoint, settings: &SignalSettings) -> Result<Endpoint, String> {
    if settings.endpoint.scheme_str() != Some("https") {
        return Ok(endpoint);
    }
    let mut config = ClientTlsConfig::new();
    config = match &settings.tls.certificate {
        Some(path) => config.ca_certificate(Certificate::from_pem(read(path)?)),
        None => config.with_webpki_roots(),
    };
    if let Some((certificate, key)) = &settings.tls.client {
        config = config.identity(Identity::from_pem(read(certificate)?, read(key)?));
    }
    endpoint
        .tls_config(config)
        .map_err(|error| error.to_string())
}

fn read(path: &Path) -> Result<Vec<u8>, String> {
    fs::read(path).map_err(|error| format!("{} cannot be read: {error}", path.display()))
}
