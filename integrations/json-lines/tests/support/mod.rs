//! Helpers of the tests: a subscriber with the sink, and the lines of a folder.
#![allow(dead_code, clippy::unwrap_used)] // Each test uses a part, and clippy does not see a test.

use std::fs;
use std::path::Path;

use serde_json::Value as Json;
use tracing_subscriber::prelude::*;
use whose::RecordSink;

/// Runs `work` under a subscriber with the sink.
pub(crate) fn with_sink<R>(sink: impl RecordSink, work: impl FnOnce() -> R) -> R {
    let layer = whose::layer().with_sink(sink);
    tracing::subscriber::with_default(tracing_subscriber::registry().with(layer), work)
}

/// Makes `count` events of Alice, numbered from 0.
pub(crate) fn log(count: u64) {
    whose::user("alice")
        .session("s-1")
        .in_scope(|| (0..count).for_each(|n| tracing::info!(n, "hello")));
}

/// The names of the files of a folder, sorted.
pub(crate) fn files(folder: &Path) -> Vec<String> {
    let name = |entry: fs::DirEntry| entry.file_name().into_string().unwrap();
    let mut names: Vec<_> = fs::read_dir(folder).unwrap().flatten().map(name).collect();
    names.sort();
    names
}

/// The lines of a file, each as JSON.
pub(crate) fn lines(path: &Path) -> Vec<Json> {
    let text = fs::read_to_string(path).unwrap();
    assert!(
        text.is_empty() || text.ends_with('\n'),
        "the last line is whole"
    );
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

/// The numbers of the events of a file, in order.
pub(crate) fn numbers(path: &Path) -> Vec<u64> {
    let number = |line: &Json| line["fields"]["n"].as_u64().unwrap();
    lines(path).iter().map(number).collect()
}
