//! `cargo xtask beside-phoenix`: `whose serve` and Phoenix on the same spans.

use std::path::Path;
use std::process::Command;

use super::install::{Environment, install};
use super::peer::PEERS;
use super::server::Server;
use crate::tool::build_folder;

/// Installs Phoenix, and runs the comparison with this number of spans.
pub(crate) fn beside_phoenix(spans: Option<&str>) -> Result<(), String> {
    let folder = std::path::absolute(build_folder())
        .map_err(|error| format!("no current folder: {error}"))?
        .join("interop");
    let peer = PEERS.iter().find(|peer| peer.name == "phoenix");
    let peer = peer.ok_or("Phoenix is not among the peers")?;
    let installed = install(Environment::Python, &folder)?;
    crate::cargo(["build", "--release", "--package", "whose-dashboard"])?;
    crate::cargo(["build", "--release", "--package", "whose-interop", "--bins"])?;
    let home = folder.join("beside-phoenix");
    if home.exists() {
        std::fs::remove_dir_all(&home)
            .map_err(|error| format!("cannot remove {home:?}: {error}"))?;
    }
    let mut server = Server::start(peer, &installed, &home)?;
    server.wait_until_ready()?;
    let release = |name: &str| Path::new(&build_folder()).join("release").join(name);
    let mut command = Command::new(release("interop-beside-phoenix"));
    command
        .args(server.urls())
        .arg(release("whose"))
        .args(spans);
    crate::run(&mut command)
}
