//! The programs that the sampler starts, and their running workers.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use crate::benchmark::AllocationScope;
use crate::failure::Failure;
use crate::setup::Setup;
use crate::worker::Worker;

/// The programs, and the number of samples.
pub struct Sampler {
    /// The program that measures times.
    pub timing: PathBuf,
    /// The program that counts the allocations of all threads.
    pub process_allocations: PathBuf,
    /// The program that counts the allocations of the measuring thread.
    pub thread_allocations: PathBuf,
    /// The folder for the files of the workers.
    pub folder: PathBuf,
    /// Whether to take few samples.
    pub quick: bool,
}

impl Sampler {
    /// Returns the program that counts allocations.
    pub(super) fn counting(&self, scope: AllocationScope) -> &Path {
        match scope {
            AllocationScope::Process => &self.process_allocations,
            AllocationScope::Thread => &self.thread_allocations,
        }
    }
}

/// The running workers, by program and setup.
#[derive(Default)]
pub(super) struct Workers(HashMap<(PathBuf, &'static str), Worker>);

impl Workers {
    /// Returns the worker of a program and a setup, and starts it if necessary.
    pub(super) fn get(
        &mut self,
        program: &Path,
        setup: Setup,
        folder: &Path,
    ) -> Result<&mut Worker, Failure> {
        let key = (program.to_owned(), setup.name);
        if !self.0.contains_key(&key) {
            let worker = Worker::start(program, setup, folder)?;
            self.0.insert(key.clone(), worker);
        }
        self.0.get_mut(&key).ok_or_else(|| "no worker".into())
    }
}
