//! The command `whose serve`.

use std::io::Write;

use whose_store::Prices;

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
    let server = Server::open_with_prices(&options.db, prices)?;
    runtime.block_on(async {
        let server = server.bind(&arguments.listen).await?;
        writeln!(out, "{}", server.url())?;
        out.flush()?;
        eprintln!("whose: serving {}; Ctrl-C stops", options.db.display());
        server.run_until(stop_signal()).await?;
        Ok(())
    })
}

async fn stop_signal() {
    // Without a handler of signals, the process ends at Ctrl-C by itself.
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending::<()>().await;
    }
}
