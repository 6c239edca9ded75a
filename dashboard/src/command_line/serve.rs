//! The command `whose serve`.

use std::io::Write;

use whose_store::Prices;
#[cfg(feature = "ingest")]
use whose_store::Store;

use crate::command_line::args::ServeArgs;
use crate::command_line::cli::Options;
use crate::command_line::error::CommandError;
use crate::serve::{ServeError, Server};

/// Serves the pages of the store until Ctrl-C.
pub(crate) fn serve(
    options: &Options,
    arguments: &ServeArgs,
    prices: Prices,
    out: &mut dyn Write,
) -> Result<(), CommandError> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(ServeError::Io)?;
    #[cfg(feature = "ingest")]
    if !arguments.ingest_token.is_empty() {
        // Creates a file for the senders, or brings an older one to the newest version.
        drop(Store::open(&options.db)?);
    }
    let server = configured(Server::open_with_prices(&options.db, prices)?, arguments);
    runtime.block_on(async {
        let server = server.bind(&arguments.listen).await?;
        writeln!(out, "{}", server.url())?;
        out.flush()?;
        eprintln!("whose: serving {}; Ctrl-C stops", options.db.display());
        #[cfg(feature = "ingest")]
        if !arguments.ingest_token.is_empty() {
            let url = server.url();
            let url = url.trim_end_matches('/');
            eprintln!(
                "whose: receiving OTLP over HTTP; senders set OTEL_EXPORTER_OTLP_ENDPOINT={url}"
            );
        }
        server.run_until(stop_signal()).await?;
        Ok(())
    })
}

/// The server with the tokens, the hosts and the reasons of the arguments.
fn configured(server: Server, arguments: &ServeArgs) -> Server {
    let (read, forget) = (arguments.token.iter(), arguments.forget_token.iter());
    let server = read.cloned().fold(server, Server::read_token);
    let server = forget.cloned().fold(server, Server::forget_token);
    #[cfg(feature = "ingest")]
    let server = {
        let ingest = arguments.ingest_token.iter();
        ingest.cloned().fold(server, Server::ingest_token)
    };
    let server = arguments.host.iter().fold(server, Server::host);
    let server = match &arguments.why.reason {
        Some(reason) => server.reason(reason),
        None => server,
    };
    match arguments.require_reason {
        true => server.require_reason(),
        false => server,
    }
}

async fn stop_signal() {
    // Without a handler of signals, the process ends at Ctrl-C by itself.
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending::<()>().await;
    }
}
