//! The pages of the store, after the check.

use std::io::IsTerminal;
use std::path::Path;
use std::process::{Command, Stdio};

use whose_dashboard::Server;

use crate::error::BoxError;
use crate::interrupt;

/// Whether a person watches the run and can open the pages.
pub(crate) fn has_reader() -> bool {
    std::io::stdout().is_terminal()
}

/// Serves the pages of the store until Ctrl-C, and opens the first one in the browser of the
/// desktop, if there is one.
pub(crate) async fn serve(store: &Path) -> Result<(), BoxError> {
    let server = Server::open(store)?.bind("127.0.0.1:0").await?;
    let url = server.url();
    let stop = async move {
        // Without a handler of signals, the process ends at Ctrl-C by itself.
        let waited = interrupt::wait(|| {
            println!("\nPages of the store, until Ctrl-C:\n\n  {url}\n");
            open_browser(&url);
        });
        if waited.await.is_err() {
            std::future::pending::<()>().await;
        }
    };
    server.run_until(stop).await?;
    Ok(())
}

/// Opens the URL in the default browser. The URL is printed, so a failure is ignored.
fn open_browser(url: &str) {
    let Some(program) = opener() else {
        return;
    };
    let mut command = Command::new(program);
    command.arg(url).stdin(Stdio::null());
    let opened = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn();
    if let Ok(mut process) = opened {
        std::thread::spawn(move || process.wait());
    }
}

/// The program that opens a URL on a desktop; `None` where there is no desktop.
fn opener() -> Option<&'static str> {
    let is_set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    if is_set("SSH_CONNECTION") {
        return None;
    }
    if cfg!(target_os = "macos") {
        return Some("open");
    }
    let has_desktop = is_set("WAYLAND_DISPLAY") || is_set("DISPLAY");
    has_desktop.then_some("xdg-open")
}
