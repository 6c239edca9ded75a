//! The breadcrumbs made of events, and the hooks for every breadcrumb.

use std::cell::Cell;
use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Arc, PoisonError, RwLock};

use tracing::Level;

use crate::diagnostics::stats;
use crate::model::Breadcrumb;
use crate::names::gen_ai;
use crate::record::{Record, RecordType};
use crate::user_code::catch::catch;

pub(crate) type Filter = Arc<dyn Fn(&str) -> bool + Send + Sync>;
pub(crate) type Hook = Arc<dyn Fn(Breadcrumb) -> Option<Breadcrumb> + Send + Sync>;

/// The breadcrumb settings of one subscriber.
#[derive(Clone, Default)]
pub(crate) struct BreadcrumbHooks {
    /// The filters for events. One filter that accepts an event is enough.
    pub(crate) events: Vec<(Level, Filter)>,
    pub(crate) hooks: Vec<Hook>,
}

/// Settings that are replaced as a whole, so that no lock is held while code of the application
/// runs.
#[derive(Default)]
pub(crate) struct SharedBreadcrumbHooks {
    hooks: RwLock<Arc<BreadcrumbHooks>>,
    /// Whether there is a filter for events. Without any, an event takes no lock.
    has_filters: AtomicBool,
}

impl SharedBreadcrumbHooks {
    pub(crate) fn get(&self) -> Arc<BreadcrumbHooks> {
        self.hooks
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// The settings, if an event of that level and target becomes a breadcrumb.
    #[inline]
    pub(crate) fn for_event(&self, level: &Level, target: &str) -> Option<Arc<BreadcrumbHooks>> {
        let has_filters = self.has_filters.load(Relaxed);
        has_filters
            .then(|| self.get())
            .filter(|hooks| hooks.takes(level, target))
    }

    pub(crate) fn change(&self, change: impl FnOnce(&mut BreadcrumbHooks)) {
        let mut crumbs = self.hooks.write().unwrap_or_else(PoisonError::into_inner);
        change(Arc::make_mut(&mut crumbs));
        self.has_filters.store(!crumbs.events.is_empty(), Relaxed);
    }

    pub(crate) fn join(&self, other: &Self) {
        let other = other.get();
        self.change(|crumbs| {
            crumbs.events.extend(other.events.iter().cloned());
            crumbs.hooks.extend(other.hooks.iter().cloned());
        });
    }
}

thread_local! {
    static IN_HOOK: Cell<bool> = const { Cell::new(false) };
}

/// Runs a hook or a filter. Breadcrumbs that the hook itself causes are dropped, since the hook
/// would never end: inside a running hook the result is `None`.
fn hooked<R>(hook: impl FnOnce() -> R) -> Option<R> {
    struct Leave;
    impl Drop for Leave {
        fn drop(&mut self) {
            IN_HOOK.set(false);
        }
    }
    if IN_HOOK.replace(true) {
        stats::hook_emitted_breadcrumb();
        return None;
    }
    let _leave = Leave;
    let result = catch(hook);
    if result.is_none() {
        stats::hook_panic();
    }
    result
}

impl BreadcrumbHooks {
    /// Whether an event of that level and target becomes a breadcrumb.
    fn takes(&self, level: &Level, target: &str) -> bool {
        self.events
            .iter()
            .any(|(least, filter)| level <= least && hooked(|| filter(target)).unwrap_or(false))
    }

    /// Applies the hooks to a breadcrumb.
    pub(crate) fn passed(&self, breadcrumb: Breadcrumb) -> Option<Breadcrumb> {
        let pass = |crumb, hook: &Hook| hooked(|| hook(crumb)).flatten();
        self.hooks.iter().try_fold(breadcrumb, pass)
    }
}

/// An event as a breadcrumb. Where the event reports an error, the message alone is the text.
pub(crate) fn of_event(record: &Record) -> Breadcrumb {
    let error_field = record.error.as_ref().and_then(|error| error.field);
    let mut crumb = Breadcrumb::of(record.message().unwrap_or_default())
        .with_category(record.target())
        .with_type("log")
        .with_level(record.level())
        .with_timestamp(record.start())
        .with_error_field(error_field);
    let is_error = record.record_type() == RecordType::Error;
    for (name, value) in record.fields() {
        let is_message = is_error && error_field == Some(name);
        // Breadcrumbs never keep the content of messages: an error shows them to more people.
        if !is_message && !gen_ai::is_content(name) {
            crumb.put_data(name, value);
        }
    }
    crumb
}

impl fmt::Debug for SharedBreadcrumbHooks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Crumbs")
    }
}
