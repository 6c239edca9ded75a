//! A real `whose serve`, and a client.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

/// A running server. Stops when it is dropped.
pub(crate) struct Server {
    process: Child,
    url: String,
}

/// The answer of a request.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) content_type: String,
    pub(crate) body: String,
}

/// The command `whose serve` in a folder, without settings from the environment.
pub(crate) fn serve_command(folder: &Path, listen: &str, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_whose"));
    command.args(["serve", "--listen", listen]);
    command.args(arguments).current_dir(folder);
    for name in ["DB", "TOKEN", "FORGET_TOKEN", "INGEST_TOKEN", "REASON"] {
        command.env_remove(format!("WHOSE_{name}"));
    }
    command
}

/// An address of this machine with a free port.
pub(crate) const LOOPBACK: &str = "127.0.0.1:0";

impl Server {
    /// Serves the store `whose.db` of the folder on a free port.
    pub(crate) fn start(folder: &Path) -> Self {
        Self::start_with(folder, &[])
    }

    /// Serves with further arguments.
    pub(crate) fn start_with(folder: &Path, arguments: &[&str]) -> Self {
        Self::spawn(serve_command(folder, LOOPBACK, arguments))
    }

    /// Runs a command that serves.
    pub(crate) fn spawn(mut command: Command) -> Self {
        command.stdout(Stdio::piped()).stderr(Stdio::null());
        let mut process = command.spawn().unwrap();
        let mut url = String::new();
        let stdout = process.stdout.take().unwrap();
        BufReader::new(stdout).read_line(&mut url).unwrap();
        let url = url.trim().trim_end_matches('/').to_owned();
        assert!(url.starts_with("http://"), "{url:?}");
        Self { process, url }
    }

    /// The host and the port of the URL.
    pub(crate) fn authority(&self) -> &str {
        self.url.trim_start_matches("http://")
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// Requests a path with its query string.
    pub(crate) fn get(&self, path: &str) -> Answer {
        let agent = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .build()
            .new_agent();
        let mut response = agent.get(format!("{}{path}", self.url)).call().unwrap();
        let content_type = response.headers().get("content-type");
        let content_type = content_type.map(|value| value.to_str().unwrap().to_owned());
        Answer {
            status: response.status().as_u16(),
            content_type: content_type.unwrap_or_default(),
            body: response.body_mut().read_to_string().unwrap(),
        }
    }

    /// The body of a page that exists.
    pub(crate) fn page(&self, path: &str) -> String {
        let answer = self.get(path);
        assert_eq!(answer.status, 200, "{path}: {}", answer.body);
        answer.body
    }

    /// The JSON twin of a page.
    pub(crate) fn json(&self, path: &str) -> serde_json::Value {
        serde_json::from_str(&self.page(path)).unwrap()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
