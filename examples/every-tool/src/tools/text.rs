//! The log lines of `tracing_subscriber`, as JSON.

use std::error::Error;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use live_service::Observation;
use serde_json::Value;
use tracing_subscriber::fmt::MakeWriter;

use crate::tools::json::observation;

/// Keeps each line.
#[derive(Clone, Default)]
pub(crate) struct Text(Arc<Mutex<Vec<u8>>>);

impl io::Write for Text {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut text = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        text.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Text {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        self.clone()
    }
}

impl Text {
    pub(crate) fn take(&self) -> Result<Vec<Observation>, Box<dyn Error>> {
        let text = std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner));
        let mut observations = Vec::new();
        for line in String::from_utf8(text)?.lines() {
            let line: Value = serde_json::from_str(line)?;
            let message = line.pointer("/fields/message").and_then(Value::as_str);
            let message = message.unwrap_or_default();
            observations.push(observation(&line, false, message, None, false));
        }
        Ok(observations)
    }
}
