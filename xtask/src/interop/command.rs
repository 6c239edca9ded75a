//! The command: which peers, what is missing, and the programs one after another.

use std::collections::BTreeMap;
use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use super::install::{Environment, install};
use super::peer::{PEERS, Peer};
use super::server::Server;
use crate::not_run;
use crate::tool::build_folder;

/// Checks the peers with these names, or all.
pub(crate) fn run(names: &[&str]) -> Result<(), String> {
    let peers = select(names)?;
    let folder = absolute(&build_folder())?.join("interop");
    let began = Instant::now();
    let installed = install_all(&peers, &folder)?;
    let peers: Vec<_> = peers
        .into_iter()
        .filter(|peer| installed.contains_key(&peer.environment))
        .collect();
    if peers.is_empty() {
        return Ok(());
    }
    eprintln!("installed after {:.0} s", began.elapsed().as_secs_f32());
    let data = folder.join("run");
    if data.exists() {
        fs::remove_dir_all(&data).map_err(|error| format!("cannot remove {data:?}: {error}"))?;
    }
    // The servers need a minute to start, and so does the build of the programs.
    let mut servers = Vec::new();
    for peer in &peers {
        let home = data.join(peer.name);
        servers.push(Server::start(peer, &installed[&peer.environment], &home)?);
    }
    crate::cargo(["build", "--quiet", "--package", PACKAGE, "--bins"])?;
    let mut failed = Vec::new();
    for (peer, server) in peers.iter().zip(&mut servers) {
        if let Err(message) = check(peer, server) {
            eprintln!("{}: {message}\n{}", peer.name, server.last_lines());
            failed.push(peer.name);
        }
    }
    eprintln!("checked after {:.0} s", began.elapsed().as_secs_f32());
    if failed.is_empty() {
        return Ok(());
    }
    Err(format!("not as sent: {}", failed.join(", ")))
}

/// The package with the programs.
const PACKAGE: &str = "whose-interop";

fn select(names: &[&str]) -> Result<Vec<&'static Peer>, String> {
    let unknown = |name: &&&str| PEERS.iter().all(|peer| peer.name != **name);
    if let Some(name) = names.iter().find(unknown) {
        let known: Vec<_> = PEERS.iter().map(|peer| peer.name).collect();
        return Err(format!("no peer {name}: {}", known.join(", ")));
    }
    let is_selected = |peer: &&Peer| names.is_empty() || names.contains(&peer.name);
    Ok(PEERS.iter().filter(is_selected).collect())
}

/// Installs what the peers need. An environment that cannot be installed is reported as not run.
fn install_all(
    peers: &[&'static Peer],
    folder: &Path,
) -> Result<BTreeMap<Environment, PathBuf>, String> {
    let mut installed = BTreeMap::new();
    for environment in [Environment::Python, Environment::Node] {
        let names: Vec<_> = peers
            .iter()
            .filter(|peer| peer.environment == environment)
            .map(|peer| peer.name)
            .collect();
        if names.is_empty() {
            continue;
        }
        match install(environment, folder) {
            Ok(path) => drop(installed.insert(environment, path)),
            Err(reason) => not_run::report(&format!("interop with {}", names.join(", ")), &reason)?,
        }
    }
    Ok(installed)
}

fn check(peer: &Peer, server: &mut Server) -> Result<(), String> {
    server.wait_until_ready()?;
    let program = build_folder()
        .join("debug")
        .join(format!("interop-{}", peer.name));
    crate::run(Command::new(program).args(server.urls()))
}

fn absolute(path: &Path) -> Result<PathBuf, String> {
    let current = env::current_dir().map_err(|error| format!("no current folder: {error}"))?;
    Ok(current.join(path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_peer_is_an_error_that_lists_the_peers() {
        let error = select(&["phoenix", "fenix"]).unwrap_err();
        assert!(
            error.contains("fenix") && error.contains("mlflow"),
            "{error}"
        );
    }

    #[test]
    fn no_name_selects_every_peer() {
        assert_eq!(select(&[]).unwrap().len(), PEERS.len());
        assert_eq!(select(&["mlflow"]).unwrap().len(), 1);
    }
}
