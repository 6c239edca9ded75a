//! The peers: how each server starts, and the program that sends to it.

use std::path::Path;
use std::process::Command;

use super::install::{Environment, sources};

/// A server of another project.
#[derive(Debug)]
pub(super) struct Peer {
    /// The name on the command line. The program `interop-NAME` of `tests/interop` sends to the server
    /// and reads its answers.
    pub(super) name: &'static str,
    /// What the server needs.
    pub(super) environment: Environment,
    /// The path that answers with the status 200 once the server is ready.
    pub(super) ready: &'static str,
    /// How many ports the server listens on. The first is HTTP.
    pub(super) ports: usize,
    /// The command that starts the server on these ports, with its data in the current folder.
    pub(super) command: fn(&Path, &[u16]) -> Command,
}

/// All peers, in the order in which they are checked: the fastest to start first.
pub(super) const PEERS: [Peer; 4] = [
    Peer {
        name: "opentelemetry-python",
        environment: Environment::Python,
        ready: "/ready",
        ports: 1,
        command: opentelemetry_python,
    },
    Peer {
        name: "spotlight",
        environment: Environment::Node,
        ready: "/health",
        ports: 1,
        command: spotlight,
    },
    Peer {
        name: "phoenix",
        environment: Environment::Python,
        ready: "/healthz",
        ports: 2,
        command: phoenix,
    },
    Peer {
        name: "mlflow",
        environment: Environment::Python,
        ready: "/health",
        ports: 1,
        command: mlflow,
    },
];

fn opentelemetry_python(programs: &Path, ports: &[u16]) -> Command {
    let mut command = Command::new(programs.join("python"));
    command.arg(sources().join("python/far_end.py"));
    command.arg(ports[0].to_string());
    command
}

/// The server of Spotlight, without its command line: that one reports its own use to its makers.
fn spotlight(folder: &Path, ports: &[u16]) -> Command {
    let mut command = Command::new("node");
    command.arg(folder.join("server.mjs"));
    command.arg(ports[0].to_string());
    command
}

fn phoenix(programs: &Path, ports: &[u16]) -> Command {
    let mut command = Command::new(programs.join("phoenix"));
    command.arg("serve");
    command.env("PHOENIX_HOST", "127.0.0.1");
    command.env("PHOENIX_PORT", ports[0].to_string());
    command.env("PHOENIX_GRPC_PORT", ports[1].to_string());
    command.env("PHOENIX_WORKING_DIR", ".");
    command.env("PHOENIX_TELEMETRY_ENABLED", "false");
    command
}

fn mlflow(programs: &Path, ports: &[u16]) -> Command {
    let mut command = Command::new(programs.join("mlflow"));
    command.args(["server", "--host", "127.0.0.1", "--workers", "1", "--port"]);
    command.arg(ports[0].to_string());
    command.args(["--backend-store-uri", "sqlite:///mlflow.db"]);
    command.args(["--default-artifact-root", "./artifacts"]);
    command.env("MLFLOW_DISABLE_TELEMETRY", "true");
    // The jobs of MLflow, which nothing here needs, are seven more processes.
    command.env("MLFLOW_SERVER_ENABLE_JOB_EXECUTION", "false");
    command
}
