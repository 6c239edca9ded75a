//! The files of certificates.

use std::path::PathBuf;

use crate::config::problems::Problems;
use crate::config::variables::{Variable, Variables};
use crate::signal::Signal;

/// The files of certificates that the environment names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct TlsFiles {
    /// The certificates that the receiver's certificate is checked against.
    pub(crate) certificate: Option<PathBuf>,
    /// The certificate and the key of this client.
    pub(crate) client: Option<(PathBuf, PathBuf)>,
}

/// The files of the environment. A file has no effect without TLS.
pub(crate) fn files(
    variables: &Variables,
    signal: Signal,
    is_https: bool,
    problems: &mut Problems,
) -> TlsFiles {
    let [certificate, client, key] = ["CERTIFICATE", "CLIENT_CERTIFICATE", "CLIENT_KEY"]
        .map(|name| variables.of_exporter(signal, name));
    for variable in [&certificate, &client, &key].into_iter().flatten() {
        if !is_https {
            problems.add(format!(
                "{} has no effect: the endpoint does not begin with https",
                variable.name
            ));
        }
    }
    let path = |variable: Variable<'_>| PathBuf::from(variable.value);
    let client = match (client, key) {
        (Some(client), Some(key)) => Some((path(client), path(key))),
        (Some(lonely), None) | (None, Some(lonely)) => {
            problems.add(format!(
                "{} is ignored: a client needs a certificate and a key",
                lonely.name
            ));
            None
        }
        (None, None) => None,
    };
    TlsFiles {
        certificate: certificate.map(path),
        client,
    }
}
