//! The store of a run, the subscriber, and the clients.

use std::io::IsTerminal;
use std::path::{Path, PathBuf};

use reqwest::{Client, ClientBuilder, Url};
use tracing_subscriber::filter::{EnvFilter, LevelFilter};
use tracing_subscriber::{Layer, fmt, prelude::*};
use whose_store::{Store, WhenFull};

use crate::error::BoxError;
use crate::model::ModelClient;
use crate::offline_model::OfflineModel;

/// Opens a store that nobody has written to: the check counts every record in it.
pub(crate) fn new_store(path: Option<&Path>) -> Result<Store, BoxError> {
    let path = match path {
        Some(path) if path.exists() => {
            let reason = "exists already, and a run starts with a new file: name another one";
            return Err(format!("{} {reason}", path.display()).into());
        }
        Some(path) => path.to_owned(),
        None => unused_temp_path(),
    };
    // A desk would rather lose a record than wait for the disk; a check would not.
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

/// Chooses what encrypts https; a client cannot be built before.
pub(crate) fn install_tls_provider() {
    // Fails only where the choice is made already.
    let _ = rustls::crypto::ring::default_provider().install_default();
}

/// Whether log lines are asked for.
pub(crate) fn shows_log() -> bool {
    std::env::var_os(EnvFilter::DEFAULT_ENV).is_some()
}

/// Sets up `tracing`: records go to the store, and lines to stderr, each with its user.
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

/// A client of what is on this machine: without a proxy, and without the certificates that a
/// machine may lack.
pub(crate) fn loopback_client() -> ClientBuilder {
    Client::builder().no_proxy().tls_certs_only([])
}

/// The model to ask, and the server that answers if it is ours.
pub(crate) struct Model {
    pub(crate) client: ModelClient,
    pub(crate) offline: Option<OfflineModel>,
    pub(crate) name: String,
    /// Where the server is, without what is secret of that.
    pub(crate) place: Url,
}

/// Finds the model server that the environment names, or starts one of our own.
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
    let mut place: Url = url
        .parse()
        .map_err(|error| format!("OPENAI_BASE_URL is no URL: {error}"))?;
    let client = ModelClient::new(http.build()?, &place, key, name.clone(), provider);
    // Nothing to take out of a URL that cannot hold credentials.
    let _ = place.set_username("").and(place.set_password(None));
    Ok(Model {
        client,
        offline,
        name,
        place,
    })
}
