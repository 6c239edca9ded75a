//! Breadcrumbs: notes of what happened before an error.

use std::collections::VecDeque;
use std::fmt;
use std::mem;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use serde_json::{Map, Value as Json};
use tracing::Level;

use crate::diagnostics::truncate::truncate;
use crate::diagnostics::truncation::attribute;
use crate::diagnostics::{Limits, Truncated};
use crate::util::{clock, json_size, Exclusive};

/// A note of something that happened before an error.
///
/// [`add_breadcrumb`](crate::add_breadcrumb) keeps a breadcrumb in the nearest isolated scope. Each
/// error that is captured in the scope afterwards carries the newest [`Limits::BREADCRUMBS`].
///
/// `Debug` prints the level, the time and the number of values, but no text and no value.
///
/// ```
/// use whose::Breadcrumb;
///
/// let rec = whose::testing::Recorder::start();
/// whose::add_breadcrumb(Breadcrumb::new("opened checkout").with_category("ui").with_data("step", 2));
/// whose::capture_error(&std::io::Error::other("refused"));
///
/// let error = &rec.errors()[0];
/// let crumb = error.breadcrumbs().next().unwrap();
/// assert_eq!((crumb.message(), crumb.category()), ("opened checkout", Some("ui")));
/// assert_eq!(crumb.data("step").unwrap(), 2);
/// ```
#[derive(Clone, PartialEq)]
#[must_use = "pass it to `whose::add_breadcrumb`"]
pub struct Breadcrumb {
    message: Box<str>,
    category: Option<Box<str>>,
    breadcrumb_type: Option<Box<str>>,
    level: Level,
    pub(crate) data: Map<String, Json>,
    timestamp: SystemTime,
    /// For a breadcrumb of an event that reports an error: the field that holds the message.
    error_field: Option<&'static str>,
}

impl Breadcrumb {
    /// A breadcrumb with the current time and the level `INFO`.
    #[track_caller]
    pub fn new(message: impl AsRef<str>) -> Self {
        attribute(|| Self::of(message.as_ref()))
    }

    pub(crate) fn of(message: &str) -> Self {
        Self {
            message: text(message),
            category: None,
            breadcrumb_type: None,
            level: Level::INFO,
            data: Map::new(),
            timestamp: clock::now(),
            error_field: None,
        }
    }

    /// Records which field of the event holds the message.
    pub(crate) fn with_error_field(mut self, field: Option<&'static str>) -> Self {
        self.error_field = field;
        self
    }

    /// The field that holds the message, if the breadcrumb comes from an event with an error.
    pub(crate) fn error_field(&self) -> Option<&'static str> {
        self.error_field
    }

    /// The parts with content of the application: message, category, type and values.
    pub(crate) fn parts_mut(&mut self) -> Parts<'_> {
        Parts {
            message: &mut self.message,
            category: &mut self.category,
            breadcrumb_type: &mut self.breadcrumb_type,
            data: &mut self.data,
        }
    }

    /// Sets the category, such as `ui`, `http` or the target of a log line.
    #[track_caller]
    pub fn with_category(mut self, category: impl AsRef<str>) -> Self {
        self.category = Some(attribute(|| text(category.as_ref())));
        self
    }

    /// Sets the type, such as `navigation` or `http`.
    #[track_caller]
    pub fn with_type(mut self, breadcrumb_type: impl AsRef<str>) -> Self {
        self.breadcrumb_type = Some(attribute(|| text(breadcrumb_type.as_ref())));
        self
    }

    /// Sets the level.
    pub fn with_level(mut self, level: Level) -> Self {
        self.level = level;
        self
    }

    /// Sets the time.
    pub fn with_timestamp(mut self, timestamp: SystemTime) -> Self {
        self.timestamp = timestamp;
        self
    }

    /// The approximate size of the breadcrumb in memory, in bytes.
    pub(crate) fn memory_size(&self) -> usize {
        let texts = [&self.category, &self.breadcrumb_type];
        let texts = texts.into_iter().flatten().map(|text| text.len());
        let data = self
            .data
            .iter()
            .map(|(key, value)| key.len() + json_size(value));
        mem::size_of::<Self>() + self.message.len() + texts.sum::<usize>() + data.sum::<usize>()
    }

    /// The message.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.message
    }

    /// The category, such as `ui`.
    #[must_use]
    pub fn category(&self) -> Option<&str> {
        self.category.as_deref()
    }

    /// The type, such as `navigation`.
    #[must_use]
    pub fn breadcrumb_type(&self) -> Option<&str> {
        self.breadcrumb_type.as_deref()
    }

    /// The level.
    #[must_use]
    pub fn level(&self) -> Level {
        self.level
    }

    /// The value under `key`.
    #[must_use]
    pub fn data(&self, key: &str) -> Option<&Json> {
        self.data.get(key)
    }

    /// All values.
    #[must_use]
    pub fn all_data(&self) -> &Map<String, Json> {
        &self.data
    }

    /// The time at which the breadcrumb was made, or the time that was set.
    #[must_use]
    pub fn timestamp(&self) -> SystemTime {
        self.timestamp
    }
}

impl fmt::Debug for Breadcrumb {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Breadcrumb")
            .field("level", &self.level)
            .field("timestamp", &self.timestamp)
            .field("data", &self.data.len())
            .finish_non_exhaustive()
    }
}

/// The parts of a breadcrumb with content of the application.
pub(crate) struct Parts<'a> {
    pub(crate) message: &'a mut Box<str>,
    pub(crate) category: &'a mut Option<Box<str>>,
    pub(crate) breadcrumb_type: &'a mut Option<Box<str>>,
    pub(crate) data: &'a mut Map<String, Json>,
}

fn text(text: &str) -> Box<str> {
    truncate(Truncated::Text, text, Limits::FIELD_BYTES).into()
}

/// The newest breadcrumbs of one isolated scope or of the process, oldest first.
#[derive(Default)]
pub(crate) struct Trail(Mutex<Option<Arc<VecDeque<Arc<Breadcrumb>>>>>);

impl Trail {
    pub(crate) const fn new() -> Self {
        Self(Mutex::new(None))
    }

    /// Adds a breadcrumb and removes the oldest one at the limit.
    pub(crate) fn add(&self, crumb: Arc<Breadcrumb>) {
        let fallen = {
            let Some(_exclusive) = Exclusive::enter() else {
                return;
            };
            let mut trail = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            // A reader may still hold the list. Then the writer copies the list instead of waiting.
            let trail = Arc::make_mut(trail.get_or_insert_default());
            let fallen = (trail.len() >= Limits::BREADCRUMBS).then(|| trail.pop_front());
            trail.push_back(crumb);
            fallen
        };
        drop(fallen);
    }

    fn read(&self) -> Option<Arc<VecDeque<Arc<Breadcrumb>>>> {
        let _exclusive = Exclusive::enter()?;
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

impl fmt::Debug for Trail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count = self.read().map_or(0, |trail| trail.len());
        f.debug_tuple("Trail").field(&count).finish()
    }
}

/// The newest breadcrumbs of several trails, ordered by time.
pub(crate) fn newest<'a>(trails: impl Iterator<Item = &'a Trail>) -> Vec<Arc<Breadcrumb>> {
    let mut crumbs: Vec<Arc<Breadcrumb>> = trails
        .filter_map(Trail::read)
        .flat_map(|trail| trail.iter().cloned().collect::<Vec<_>>())
        .collect();
    crumbs.sort_by_key(|crumb| crumb.timestamp);
    crumbs.drain(..crumbs.len().saturating_sub(Limits::BREADCRUMBS));
    crumbs
}
