//! The sink that writes records as lines of JSON.

use std::error::Error;
use std::fs;
use std::time::Duration;

use live_service::Observation;
use serde_json::Value;
use tempfile::TempDir;
use whose::RecordSink as _;
use whose_json_lines::JsonLines;

use crate::tools::json::observation;
use crate::tools::shown::trace_id;

pub(crate) struct Lines {
    folder: TempDir,
    sink: JsonLines,
    /// The number of lines that were read.
    read: std::cell::Cell<usize>,
}

impl Lines {
    pub(crate) fn start() -> Result<Self, Box<dyn Error>> {
        let folder = tempfile::tempdir()?;
        let sink = JsonLines::daily(folder.path())?;
        Ok(Self {
            folder,
            sink,
            read: std::cell::Cell::default(),
        })
    }

    pub(crate) fn sink(&self) -> JsonLines {
        self.sink.clone()
    }

    pub(crate) fn take(&self) -> Result<Vec<Observation>, Box<dyn Error>> {
        let outcome = self.sink.flush(Duration::from_secs(60));
        if !outcome.is_complete() || self.sink.dropped() > 0 {
            return Err(format!("lines are lost: {outcome:?}").into());
        }
        let mut files: Vec<_> = fs::read_dir(self.folder.path())?.collect::<Result<_, _>>()?;
        files.sort_by_key(fs::DirEntry::path);
        let mut observations = Vec::new();
        let mut all = 0;
        for file in files {
            let text = fs::read_to_string(file.path())?;
            for line in text.lines() {
                all += 1;
                if all > self.read.get() {
                    observations.push(of_line(&serde_json::from_str(line)?));
                }
            }
        }
        self.read.set(all);
        Ok(observations)
    }
}

fn of_line(line: &Value) -> Observation {
    let text = |name: &str| line.get(name).and_then(Value::as_str);
    let is_span = text("type") == Some("span");
    let shown = if is_span {
        text("name")
    } else {
        text("message")
    };
    let trace = text("trace_id").and_then(trace_id);
    let mut observation = observation(line, is_span, shown.unwrap_or_default(), trace, true);
    observation.is_link = text("type") == Some("link");
    observation
}
