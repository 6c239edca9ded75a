//! The sampler's side of a worker.

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use serde::Deserialize;

use super::protocol::{BenchmarkRun, Request, SERVE};
use crate::failure::Failure;
use crate::setup::Setup;

/// A worker process; it ends when this is dropped.
pub struct Worker {
    child: Child,
    input: Option<ChildStdin>,
    output: BufReader<ChildStdout>,
    folder: PathBuf,
}

impl Worker {
    /// Starts `program` with a setup and with a folder of its own in `parent`.
    ///
    /// # Errors
    /// Returns an error if the process cannot be started.
    pub fn start(program: &Path, setup: Setup, parent: &Path) -> Result<Self, Failure> {
        let program_name = program.file_stem().unwrap_or_default().to_string_lossy();
        let folder = parent.join(format!("{program_name}-{}", setup.name));
        if folder.exists() {
            std::fs::remove_dir_all(&folder)?;
        }
        std::fs::create_dir_all(&folder)?;
        let mut child = Command::new(program)
            .arg(SERVE)
            .arg(setup.name)
            .arg(&folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let (input, output) = (child.stdin.take(), child.stdout.take());
        let output = output.ok_or("a worker without a standard output")?;
        Ok(Self {
            child,
            input,
            output: BufReader::new(output),
            folder,
        })
    }

    /// Runs a benchmark in the worker.
    ///
    /// # Errors
    /// Returns an error if the worker fails.
    pub fn run(&mut self, key: &str, operations: u64) -> Result<BenchmarkRun, Failure> {
        let key = key.to_owned();
        self.request(&Request::Benchmark { key, operations })
    }

    /// Sends a request and waits for the answer.
    ///
    /// # Errors
    /// Returns an error if the worker fails; the worker prints its own error to the standard error.
    pub fn request<A: for<'a> Deserialize<'a>>(&mut self, request: &Request) -> Result<A, Failure> {
        let input = self
            .input
            .as_mut()
            .ok_or("a worker without a standard input")?;
        writeln!(input, "{}", serde_json::to_string(request)?)?;
        input.flush()?;
        let mut answer = String::new();
        if self.output.read_line(&mut answer)? == 0 {
            return Err(format!("a worker ended without an answer to {request:?}").into());
        }
        Ok(serde_json::from_str(&answer)?)
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        // The worker ends at the end of its input. The next worker replaces a folder that remains.
        drop(self.input.take());
        let _ = self.child.wait();
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}
