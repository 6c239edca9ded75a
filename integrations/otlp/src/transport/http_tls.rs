//! TLS of OTLP over HTTP.

use std::fs;
use std::path::Path;

use ureq::tls::{Certificate, ClientCert, PemItem, PrivateKey, RootCerts, TlsConfig, parse_pem};

use crate::config::TlsFiles;

/// The settings of TLS: by default, the certificates of Mozilla's list are trusted.
///
/// # Errors
/// Which file cannot be used, and why.
pub(crate) fn config(files: &TlsFiles) -> Result<TlsConfig, String> {
    let mut config = TlsConfig::builder().root_certs(RootCerts::WebPki);
    if let Some(path) = &files.certificate {
        config = config.root_certs(RootCerts::new_with_certs(&certificates(path)?));
    }
    if let Some((certificate, key)) = &files.client {
        let chain = certificates(certificate)?;
        let key = PrivateKey::from_pem(&read(key)?)
            .map_err(|error| format!("{}: {error}", key.display()))?;
        config = config.client_cert(Some(ClientCert::new_with_certs(&chain, key)));
    }
    Ok(config.build())
}

fn certificates(path: &Path) -> Result<Vec<Certificate<'static>>, String> {
    let pem = read(path)?;
    let mut found = Vec::new();
    for item in parse_pem(&pem) {
        match item {
            Ok(PemItem::Certificate(certificate)) => found.push(certificate),
            Ok(_) => {}
            Err(error) => return Err(format!("{}: {error}", path.display())),
        }
    }
    match found.is_empty() {
        true => Err(format!("{} has no certificate", path.display())),
        false => Ok(found),
    }
}

fn read(path: &Path) -> Result<Vec<u8>, String> {
    fs::read(path).map_err(|error| format!("{} cannot be read: {error}", path.display()))
}
