//! The store of the tests, and the command that serves it.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;

/// A running `whose serve`, which ends when it is dropped.
pub(crate) struct Server {
    process: Child,
    url: String,
}

impl Server {
    /// Serves a store that the example's service filled.
    pub(crate) fn of_support_desk() -> Self {
        Self::of(support_desk_store())
    }

    /// Serves a store.
    pub(crate) fn of(store: &Path) -> Self {
        Self::with(store, &[])
    }

    /// Serves the store of the example's service to those who have the token.
    pub(crate) fn with_token(token: &str) -> Self {
        Self::with(support_desk_store(), &["--token", token])
    }

    fn with(store: &Path, arguments: &[&str]) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_browser-tests-whose"));
        command.args(["serve", "--listen", "127.0.0.1:0", "--db"]);
        command
            .arg(store)
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null());
        let mut process = command.spawn().unwrap();
        let mut url = String::new();
        let mut output = BufReader::new(process.stdout.take().unwrap());
        output.read_line(&mut url).unwrap();
        let url = url.trim().trim_end_matches('/').to_owned();
        assert!(url.starts_with("http://127.0.0.1:"), "{url}");
        Self { process, url }
    }

    /// The URL of a path.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.url)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// The store of a run of the example's service, which is made once for all tests.
fn support_desk_store() -> &'static Path {
    static STORE: OnceLock<PathBuf> = OnceLock::new();
    STORE.get_or_init(|| {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("support-desk");
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(&folder).unwrap();
        let store = folder.join("whose.db");
        let mut desk = Command::new(env!("CARGO_BIN_EXE_browser-tests-desk"));
        desk.args(["--no-serve", "--visitors", "20", "--requests", "12", "--db"]);
        desk.arg(&store)
            .env_remove("OPENAI_BASE_URL")
            .env_remove("RUST_LOG");
        let output = desk.output().unwrap();
        assert!(output.status.success(), "{output:?}");
        store
    })
}
