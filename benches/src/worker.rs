//! A process that measures: what it is told on its standard input, a line of JSON for each answer.
//!
//! Operations that are compared are each in the process whose subscriber they need. All processes
//! live at once and are asked in turn, so that what else the machine does hits all alike.

use std::env;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use serde::{Deserialize, Serialize};

use crate::failure::Failure;
use crate::meter::{Meter, ReadAllocator, Sample};
use crate::op;
use crate::rows::pipeline::{self, Outcome};
use crate::setup::{Collector, Setup};

/// What a worker is asked.
#[derive(Debug, Serialize, Deserialize)]
pub enum Question {
    /// To run an operation that often.
    Run {
        /// The name of the operation.
        key: String,
        /// How often.
        operations: u64,
    },
    /// To send spans through a pipeline.
    Pipeline {
        /// The name of the pipeline.
        name: String,
        /// How many threads make spans.
        threads: u64,
        /// How many spans they make.
        spans: u64,
    },
}

/// What it answers to [`Question::Run`].
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
pub struct Ran {
    /// What was measured.
    pub sample: Sample,
    /// How many spans were made, those that warm up included.
    pub made: u64,
    /// How many arrived, where somebody counts.
    pub delivered: Option<u64>,
}

/// The setup and the folder for its files, if this process was started to measure.
#[must_use]
pub fn asked() -> Option<(String, String)> {
    let mut arguments = env::args().skip(1);
    let is_asked = arguments.next().as_deref() == Some(SERVE);
    is_asked.then(|| arguments.next().zip(arguments.next()))?
}

/// What the arguments of a process that measures begin with.
const SERVE: &str = "--serve";

/// Measures with that setup until the standard input ends.
///
/// # Errors
/// Where there is no such setup, or a question cannot be answered.
pub fn serve(setup: &str, folder: &str, allocator: Option<ReadAllocator>) -> Result<(), Failure> {
    let setup = Setup::of_name(setup).ok_or_else(|| format!("no setup is called `{setup}`"))?;
    let collector = setup.install(Path::new(folder))?;
    for line in std::io::stdin().lines() {
        let answer = match serde_json::from_str(&line?)? {
            Question::Run { key, operations } => {
                serde_json::to_string(&run(&collector, &key, operations, allocator)?)?
            }
            Question::Pipeline {
                name,
                threads,
                spans,
            } => serde_json::to_string(&send(
                &collector,
                &name,
                (threads, spans),
                Path::new(&folder),
                allocator,
            )?)?,
        };
        let mut out = std::io::stdout().lock();
        writeln!(out, "{answer}")?;
        out.flush()?;
    }
    Ok(())
}

fn run(
    collector: &Collector,
    key: &str,
    operations: u64,
    allocator: Option<ReadAllocator>,
) -> Result<Ran, Failure> {
    let op = op::find(key).ok_or_else(|| format!("no operation is called `{key}`"))?;
    let before = (collector.delivered)();
    let mut meter = Meter::new(operations, op.argument.unwrap_or_default(), allocator);
    (op.run)(&mut meter);
    (collector.flush)();
    let after = (collector.delivered)();
    Ok(Ran {
        sample: meter.sample(),
        made: meter.run() * op.spans,
        delivered: after.zip(before).map(|(after, before)| after - before),
    })
}

fn send(
    collector: &Collector,
    name: &str,
    (threads, spans): (u64, u64),
    folder: &Path,
    allocator: Option<ReadAllocator>,
) -> Result<Outcome, Failure> {
    let pipeline = pipeline::all()
        .into_iter()
        .find(|pipeline| pipeline.name == name);
    let pipeline = pipeline.ok_or_else(|| format!("no pipeline is called `{name}`"))?;
    pipeline.run(collector, threads, spans, folder, allocator)
}

/// A worker as seen by whoever started it; it ends when this is dropped.
pub struct Worker {
    child: Child,
    input: Option<ChildStdin>,
    output: BufReader<ChildStdout>,
    folder: PathBuf,
}

impl Worker {
    /// Starts `program` with that setup, and a folder of its own in `below`.
    ///
    /// # Errors
    /// Where it does not start.
    pub fn start(program: &Path, setup: Setup, below: &Path) -> Result<Self, Failure> {
        let program_name = program.file_stem().unwrap_or_default().to_string_lossy();
        let folder = below.join(format!("{program_name}-{}", setup.name()));
        if folder.exists() {
            std::fs::remove_dir_all(&folder)?;
        }
        std::fs::create_dir_all(&folder)?;
        let mut child = Command::new(program)
            .arg(SERVE)
            .arg(setup.name())
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

    /// Runs an operation there.
    ///
    /// # Errors
    /// Where the worker fails.
    pub fn run(&mut self, key: &str, operations: u64) -> Result<Ran, Failure> {
        let key = key.to_owned();
        self.ask(&Question::Run { key, operations })
    }

    /// Asks a question.
    ///
    /// # Errors
    /// Where the worker fails; it says why on the standard error.
    pub fn ask<A: for<'a> Deserialize<'a>>(&mut self, question: &Question) -> Result<A, Failure> {
        let input = self
            .input
            .as_mut()
            .ok_or("a worker without a standard input")?;
        writeln!(input, "{}", serde_json::to_string(question)?)?;
        input.flush()?;
        let mut answer = String::new();
        if self.output.read_line(&mut answer)? == 0 {
            return Err(format!("a worker ended at {question:?}").into());
        }
        Ok(serde_json::from_str(&answer)?)
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        // It ends at the end of its input. What cannot be removed is overwritten by the next one.
        drop(self.input.take());
        let _ = self.child.wait();
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}
