//! The warnings of the crate, as another layer of the subscriber sees them.

use std::fmt;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use tracing::field::{Field, Visit};
use tracing::{Event, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::Context;

#[derive(Clone, Default)]
pub struct Warnings(Arc<Mutex<Vec<String>>>);

impl Warnings {
    pub fn all(&self) -> Vec<String> {
        self.0.lock().unwrap().clone()
    }

    /// The warnings that contain the text.
    pub fn about(&self, text: &str) -> Vec<String> {
        let mut all = self.all();
        all.retain(|warning| warning.contains(text));
        all
    }

    /// Waits for a warning that contains the text, and fails unless there is exactly one.
    pub fn wait_for(&self, text: &str) -> String {
        for _ in 0..2_000 {
            if !self.about(text).is_empty() {
                break;
            }
            thread::sleep(Duration::from_millis(10));
        }
        let mut found = self.about(text);
        assert_eq!(found.len(), 1, "{text}: {:#?}", self.all());
        found.remove(0)
    }
}

impl<S: Subscriber> Layer<S> for Warnings {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        if event.metadata().target() == "whose" {
            let mut message = Message(String::new());
            event.record(&mut message);
            self.0.lock().unwrap().push(message.0);
        }
    }
}

struct Message(String);

impl Visit for Message {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        if field.name() == "message" {
            self.0 = format!("{value:?}");
        }
    }
}
