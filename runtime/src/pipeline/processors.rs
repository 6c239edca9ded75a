//! The steps of every record before the sinks: the service, the hooks, the policies.

use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use crate::diagnostics::stats;
#[cfg(feature = "fmt")]
use crate::model::Value;
use crate::model::{Attribution, Service};
#[cfg(feature = "fmt")]
use crate::pipeline::kept_identity::{are_lines_expected, KeptIdentity};
use crate::pipeline::message_content::ContentFilter;
use crate::policy::Policy;
use crate::record::Record;
use crate::user_code::catch::catch;

type Hook = dyn Fn(&mut Record) -> bool + Send + Sync;

/// The number of pipelines with a hook or a policy. Without one, no log line is checked.
static GUARDED: AtomicUsize = AtomicUsize::new(0);

/// The steps of one pipeline.
#[derive(Default)]
pub(crate) struct Processors {
    steps: RwLock<Arc<Steps>>,
    /// Whether there are steps. Without any, a record takes no lock.
    has_steps: AtomicBool,
    /// Whether there are hooks or policies.
    is_guarding: AtomicBool,
    pub(crate) content: ContentFilter,
}

#[derive(Clone, Default)]
struct Steps {
    service: Option<Arc<Service>>,
    hooks: Vec<Arc<Hook>>,
    policies: Vec<Arc<Policy>>,
}

/// What the hooks did with a record.
#[derive(Clone, Copy, PartialEq, Eq)]
enum HookOutcome {
    Kept,
    Dropped,
    /// The hook may have changed the record in part.
    Panicked,
}

impl Steps {
    fn are_guarding(&self) -> bool {
        !self.hooks.is_empty() || !self.policies.is_empty()
    }

    /// Runs the hooks. With `all`, the hooks after one that drops the record run too: the line of
    /// the event stays, and they decide about its identity.
    fn run_hooks(&self, record: &mut Record, all: bool) -> HookOutcome {
        let mut outcome = HookOutcome::Kept;
        for hook in &self.hooks {
            match catch(|| hook(record)) {
                Some(true) => {}
                Some(false) if all => outcome = HookOutcome::Dropped,
                Some(false) => return HookOutcome::Dropped,
                None => return HookOutcome::Panicked,
            }
        }
        outcome
    }

    /// As [`run_hooks`](Self::run_hooks). Notes what is left of the identity where a log line can
    /// follow.
    #[cfg(feature = "fmt")]
    fn run_and_note_hooks(&self, record: &mut Record) -> HookOutcome {
        if !are_lines_expected() || self.hooks.is_empty() {
            return self.run_hooks(record, false);
        }
        let outcome = self.run_hooks(record, record.duration().is_none());
        kept_by(outcome, record).note();
        outcome
    }

    #[cfg(not(feature = "fmt"))]
    fn run_and_note_hooks(&self, record: &mut Record) -> HookOutcome {
        self.run_hooks(record, false)
    }
}

#[cfg(feature = "fmt")]
fn kept_by(outcome: HookOutcome, record: &Record) -> KeptIdentity {
    match outcome {
        HookOutcome::Panicked => KeptIdentity::NOTHING,
        HookOutcome::Kept | HookOutcome::Dropped => KeptIdentity::of(record),
    }
}

impl Processors {
    /// Whether any pipeline of the process has a hook or a policy.
    #[cfg(feature = "fmt")]
    pub(crate) fn is_any_guarded() -> bool {
        GUARDED.load(Ordering::Relaxed) > 0
    }

    pub(crate) fn set_service(&self, service: Service) {
        self.change(|steps| steps.service = Some(Arc::new(service)));
    }

    pub(crate) fn add_hook(&self, hook: impl Fn(&mut Record) -> bool + Send + Sync + 'static) {
        self.change(|steps| steps.hooks.push(Arc::new(hook)));
    }

    pub(crate) fn add_policy(&self, policy: Policy) {
        self.change(|steps| steps.policies.push(Arc::new(policy)));
    }

    /// Appends the steps of another pipeline. Of two services, the service of this pipeline stays.
    pub(crate) fn join(&self, other: &Self) {
        let other = other.steps();
        self.change(|steps| {
            steps.service = steps.service.take().or_else(|| other.service.clone());
            steps.hooks.extend(other.hooks.iter().cloned());
            steps.policies.extend(other.policies.iter().cloned());
        });
    }

    /// Changes the steps. No code of the application runs under the lock.
    fn change(&self, change: impl FnOnce(&mut Steps)) {
        let mut steps = self.steps.write().unwrap_or_else(PoisonError::into_inner);
        let was_guarded = steps.are_guarding();
        change(Arc::make_mut(&mut steps));
        if !was_guarded && steps.are_guarding() {
            GUARDED.fetch_add(1, Ordering::Relaxed);
            self.is_guarding.store(true, Ordering::Release);
        }
        self.has_steps.store(true, Ordering::Release);
    }

    fn steps(&self) -> Arc<Steps> {
        self.steps
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Whether a hook or a policy can change a record.
    #[inline]
    pub(crate) fn are_guarding(&self) -> bool {
        self.is_guarding.load(Ordering::Acquire)
    }

    /// Takes the record through all steps. Returns whether the record is delivered.
    ///
    /// The policies run last, so that they apply to what the hooks add.
    #[inline]
    pub(crate) fn process(&self, record: &mut Arc<Record>) -> bool {
        // First, so that no hook sees content that is not kept.
        if self.content.removes_from(record) {
            ContentFilter::remove(Arc::make_mut(record));
        }
        !self.has_steps.load(Ordering::Acquire) || self.take_through(record)
    }

    fn take_through(&self, record: &mut Arc<Record>) -> bool {
        let steps = self.steps();
        // No one else holds the record yet.
        let record = Arc::make_mut(record);
        record.service.clone_from(&steps.service);
        match steps.run_and_note_hooks(record) {
            HookOutcome::Kept => {}
            HookOutcome::Dropped => {
                stats::dropped_by_hook();
                return false;
            }
            HookOutcome::Panicked => {
                stats::hook_panic();
                return false;
            }
        }
        for policy in &steps.policies {
            policy.apply(record);
        }
        true
    }

    /// Applies the policies to an attribution that another tool receives.
    pub(crate) fn apply_policies(&self, attribution: &mut Attribution) {
        if self.has_steps.load(Ordering::Acquire) {
            for policy in &self.steps().policies {
                policy.apply_to_attribution(attribution);
            }
        }
    }

    #[cfg(feature = "fmt")]
    pub(crate) fn has_hooks(&self) -> bool {
        self.has_steps.load(Ordering::Acquire) && !self.steps().hooks.is_empty()
    }

    /// Runs the hooks for the log line of an event that has no record.
    #[cfg(feature = "fmt")]
    pub(crate) fn identity_after_hooks(&self, record: &mut Record) -> KeptIdentity {
        kept_by(self.steps().run_hooks(record, true), record)
    }

    /// Applies the policies to the attribution of a log line, to its text and to what hooks add.
    #[cfg(feature = "fmt")]
    pub(crate) fn protect(&self, line: &mut LogLine<'_>) {
        if self.has_steps.load(Ordering::Acquire) {
            for policy in &self.steps().policies {
                policy.apply_to_identity(line.attribution);
                let scrubbed = policy
                    .scrubber()
                    .map(|scrubber| scrubber.scrub_line(line.text, line.is_json));
                if let Some(std::borrow::Cow::Owned(scrubbed)) = scrubbed {
                    *line.text = scrubbed;
                }
                line.added
                    .retain_mut(|(name, value)| policy.apply_to_added(name, value));
            }
        }
    }
}

/// A log line before it is written.
#[cfg(feature = "fmt")]
pub(crate) struct LogLine<'a> {
    /// The attribution of the event.
    pub(crate) attribution: &'a mut Attribution,
    /// The text that the format has written.
    pub(crate) text: &'a mut String,
    /// The values that hooks of the format add.
    pub(crate) added: &'a mut Vec<(&'static str, Value)>,
    pub(crate) is_json: bool,
}

impl Drop for Processors {
    fn drop(&mut self) {
        if self.steps().are_guarding() {
            GUARDED.fetch_sub(1, Ordering::Relaxed);
        }
    }
}

impl fmt::Debug for Processors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let steps = self.steps();
        f.debug_struct("Processors")
            .field("hooks", &steps.hooks.len())
            .field("policies", &steps.policies.len())
            .finish_non_exhaustive()
    }
}
