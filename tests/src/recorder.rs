//! A global sink that keeps all records of the process.

use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use tracing::Dispatch;
use tracing::dispatcher::set_global_default;
use tracing_subscriber::layer::SubscriberExt as _;
use whose::{Record, RecordSink, RecordType};

/// Keeps every record. Tests find their records by unique names.
#[derive(Debug, Default)]
pub struct GlobalRecorder(Mutex<Vec<Arc<Record>>>);

/// The recorder of this process: the only sink of the global subscriber, at every level.
///
/// # Panics
/// If the process has another subscriber already.
pub fn recorder() -> &'static GlobalRecorder {
    static RECORDER: LazyLock<Arc<GlobalRecorder>> = LazyLock::new(|| {
        let recorder = Arc::<GlobalRecorder>::default();
        let layer = whose::layer().with_sink(recorder.clone());
        let subscriber = tracing_subscriber::registry().with(layer);
        if set_global_default(Dispatch::new(subscriber)).is_err() {
            panic!("the process has another subscriber already");
        }
        recorder
    });
    &RECORDER
}

impl RecordSink for GlobalRecorder {
    fn record(&self, record: &Arc<Record>) {
        self.lock().push(record.clone());
    }
}

impl GlobalRecorder {
    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<Arc<Record>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The records so far, in the order in which they finished.
    pub fn records(&self) -> Vec<Arc<Record>> {
        self.lock().clone()
    }

    /// The only closed span with that name.
    ///
    /// # Panics
    /// If there is no such span, or more than one.
    #[track_caller]
    pub fn span(&self, name: &str) -> Arc<Record> {
        self.only(name, |record| {
            record.record_type() == RecordType::Span && record.name() == name
        })
    }

    /// The only event or error with that message.
    ///
    /// # Panics
    /// If there is no such record, or more than one.
    #[track_caller]
    pub fn event(&self, message: &str) -> Arc<Record> {
        self.only(message, |record| {
            record.record_type() != RecordType::Span && record.message() == Some(message)
        })
    }

    #[track_caller]
    fn only(&self, name: &str, is_match: impl Fn(&Record) -> bool) -> Arc<Record> {
        let mut found = self.records();
        found.retain(|record| is_match(record));
        match &found[..] {
            [one] => one.clone(),
            _ => panic!("expected one record of `{name}`, found {}", found.len()),
        }
    }
}

/// The user and the session of a record.
pub fn user_and_session(record: &Record) -> (Option<&str>, Option<&str>) {
    (record.user_id(), record.session_id())
}
