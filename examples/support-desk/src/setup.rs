//! The store, the subscriber, and the clients of a run.

use std::io::IsTerminal;
use std::path::{Path, PathBuf};

use reqwest::{Client, ClientBuilder, Url};
use tracing_subscriber::filter::{EnvFilter, LevelFilter};
use tracing_subscriber::{Layer, fmt, prelude::*};
use whose_store::{Store, WhenFull};

use crate::error::BoxError;
use crate::model::ModelClient;
use crate::offline_model::OfflineModel;

/// Opens a new store: the check counts every record in it.
pub(crate) fn new_store(path: Option<&Path>) -> Result<Store, BoxError> {
    let path = match path {
        Some(path) if path.exists() => {
            let reason = "already exists: use another path";
            return Err(format!("{} {reason}", path.display()).into());
        }
        Some(path) => path.to_owned(),
        None => unused_temp_path(),
    };
    // A real desk would drop records instead of waiting for the disk. The check needs every record.
    let store = Store::builder(path).when_full(WhenFull::Block).open()?;
    Ok(store)
}

fn unused_temp_path() -> PathBuf {
    let process = std::process::id();
    let names = (1..).map(|run| match run {
        1 => format!("support-desk-{process}.db"),
        _ => format!("support-desk-{process}-{run}.db"),
    });
    let mut paths = names.map(|name| std::env::temp_dir().join(name));
    paths.find(|path| !path.exists()).unwrap_or_default()
}

/// Installs the TLS provider. A client cannot be built before.
pub(crate) fn install_tls_provider() {
    // Fails only if a provider is installed already.
    let _ = rustls::crypto::ring::default_provider().install_default();
}

/// Whether log lines are requested.
pub(crate) fn shows_log() -> bool {
    std::env::var_os(EnvFilter::DEFAULT_ENV).is_some()
}

/// Installs a `tracing` subscriber: records go to the store, log lines with user and session to
/// stderr.
pub(crate) fn subscribe(store: Store) {
    let lines = if shows_log() {
        EnvFilter::from_default_env()
    } else {
        EnvFilter::new("error,whose=warn")
    };
    let records = whose::layer()
        .with_sink(store)
        .with_filter(LevelFilter::INFO);
    let lines = fmt::layer()
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal())
        .map_event_format(whose::fmt::attributed)
        .with_filter(lines);
    tracing_subscriber::registry()
        .with(records)
        .with(lines)
        .init();
}

/// A client for loopback, without a proxy and without system certificates.
pub(crate) fn loopback_client() -> ClientBuilder {
    Client::builder().no_proxy().tls_certs_only([])
}

/// The model, with the local server if it is offline.
pub(crate) struct Model {
    pub(crate) client: ModelClient,
    pub(crate) offline: Option<OfflineModel>,
    pub(crate) name: String,
    /// The URL of the server, without credentials.
    pub(crate) url: Url,
}

/// Uses the model server of the environment, or starts an offline one.
pub(crate) async fn model() -> Result<Model, BoxError> {
    let variable = |name| std::env::var(name).ok().filter(|value| !value.is_empty());
    let name = variable("OPENAI_MODEL").unwrap_or_else(|| "gpt-4o-mini".to_owned());
    let (url, key, provider, http, offline) = match variable("OPENAI_BASE_URL") {
        Some(url) => {
            let key = variable("OPENAI_API_KEY");
            (url, key, "openai", Client::builder(), None)
        }
        None => {
            let server = OfflineModel::start().await?;
            (
                server.base_url(),
                None,
                "offline",
                loopback_client(),
                Some(server),
            )
        }
    };
    let mut url: Url = url
        .parse()
        .map_err(|error| format!("OPENAI_BASE_URL is not a URL: {error}"))?;
    let client = ModelClient::new(http.build()?, &url, key, name.clone(), provider);
    // A URL that cannot contain credentials returns an error here.
    let _ = url.set_username("").and(url.set_password(None));
    Ok(Model {
        client,
        offline,
        name,
        url,
    })
}
