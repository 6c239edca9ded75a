use std::cell::Cell;
use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError, Weak};

use tracing::Id;

use crate::diagnostics::{stats, warnings};
use crate::error::Backtraces;
use crate::layer::Spans;
use crate::pipeline::breadcrumb_hooks::SharedCrumbs;
use crate::pipeline::processors::Gate;
use crate::pipeline::required_user;
use crate::pipeline::sink_list::Chain;
use crate::record::{deliver, Record, RecordSink};
use crate::stack::{self, Stack};
use crate::testing::{self, Tap};

/// The sinks of one subscriber.
pub(crate) struct Core {
    sinks: Chain,
    pub(crate) crumbs: SharedCrumbs,
    gate: Gate,
    backtraces: Backtraces,
    requires_user: AtomicBool,
    spans: Spans,
    /// The layer of the subscriber that has taken over from this one.
    leader: OnceLock<Arc<Self>>,
    /// Tells this layer from every other: the same span id can be another layer's too.
    number: u64,
}

thread_local! {
    static DELIVERING: Cell<bool> = const { Cell::new(false) };
}

/// This thread is handing a record to sinks.
struct Delivering;

impl Delivering {
    fn begin() -> Option<Self> {
        (!DELIVERING.replace(true)).then(|| Self)
    }
}

impl Drop for Delivering {
    fn drop(&mut self) {
        DELIVERING.set(false);
    }
}

static NUMBERS: AtomicU64 = AtomicU64::new(1);
static CORES: Mutex<Vec<Weak<Core>>> = Mutex::new(Vec::new());
static COUNT: AtomicUsize = AtomicUsize::new(0);

impl Core {
    pub(crate) fn new() -> Arc<Self> {
        let core = Arc::new(Self {
            sinks: Chain::default(),
            crumbs: SharedCrumbs::default(),
            gate: Gate::default(),
            backtraces: Backtraces::default(),
            requires_user: AtomicBool::new(false),
            spans: Spans::default(),
            leader: OnceLock::new(),
            number: NUMBERS.fetch_add(1, Ordering::Relaxed),
        });
        COUNT.fetch_add(1, Ordering::Relaxed);
        let mut cores = CORES.lock().unwrap_or_else(PoisonError::into_inner);
        cores.retain(|core| core.strong_count() > 0);
        cores.push(Arc::downgrade(&core));
        core
    }

    pub(crate) fn add_sink(&self, sink: Arc<dyn RecordSink>) {
        self.sinks.add(sink);
    }

    pub(crate) fn remove_sink(&self, sink: &Arc<dyn RecordSink>) {
        self.sinks.remove(sink);
    }

    pub(crate) fn spans(&self) -> &Spans {
        &self.spans
    }

    /// The stack of a span that is named as a parent, where the span is a frame.
    pub(crate) fn stack_of(&self, id: Option<&Id>) -> Option<Stack> {
        let id = id?.into_u64();
        let stack = self.spans().with(id, |open| open.frame()).flatten();
        stack.filter(|stack| !stack::gives_way(stack))
    }

    pub(crate) fn number(&self) -> u64 {
        self.number
    }

    pub(crate) fn gate(&self) -> &Gate {
        &self.gate
    }

    pub(crate) fn backtraces(&self) -> &Backtraces {
        &self.backtraces
    }

    /// How many layers are in use, with those that joined another one.
    pub(crate) fn count() -> usize {
        COUNT.load(Ordering::Relaxed)
    }

    /// Whether another layer of the subscriber has taken over.
    #[inline]
    pub(crate) fn has_joined(&self) -> bool {
        self.leader.get().is_some()
    }

    /// The layer that has taken over, or this one.
    pub(crate) fn leader(self: &Arc<Self>) -> &Arc<Self> {
        self.leader.get().unwrap_or(self)
    }

    /// Takes over the sinks of the layer that joins this one, and what records have to pass before
    /// them.
    pub(crate) fn take_over(self: &Arc<Self>, other: &Self) {
        if self.number == other.number || other.leader.set(self.clone()).is_err() {
            return;
        }
        self.backtraces.join(&other.backtraces);
        self.crumbs.join(&other.crumbs);
        self.gate.join(&other.gate);
        self.require_user(self.requires_user() || other.requires_user());
        for sink in other.sinks.iter() {
            self.add_sink(sink.clone());
        }
    }

    pub(crate) fn require_user(&self, required: bool) {
        self.requires_user.store(required, Ordering::Relaxed);
    }

    fn requires_user(&self) -> bool {
        self.requires_user.load(Ordering::Relaxed)
    }

    pub(crate) fn is_idle(&self) -> bool {
        self.sinks.iter().next().is_none() && !self.requires_user() && !testing::is_strict()
    }

    /// Hands the record to the sinks, unless a hook drops it; what a hook or a sink logs meanwhile
    /// is not recorded, since that would never end. Says whether it was not such a one.
    pub(crate) fn deliver(&self, record: &mut Arc<Record>, taps: &[Arc<Tap>]) -> bool {
        let Some(_delivering) = Delivering::begin() else {
            stats::sink_emitted_record();
            return false;
        };
        // As the application made it: a policy may take the user out.
        stats::record(&record.attribution);
        if self.requires_user() {
            required_user::check(record);
        }
        if taps.is_empty() {
            testing::note_unscoped(record);
        }
        self.hand_out(record, taps);
        true
    }

    /// As [`deliver`](Self::deliver), of a record that says something of other records: where a hook
    /// or a sink makes the record, the record waits until the one in hand is delivered.
    pub(crate) fn deliver_link(self: &Arc<Self>, mut record: Arc<Record>, taps: Vec<Arc<Tap>>) {
        match Delivering::begin() {
            Some(_delivering) => self.hand_out(&mut record, &taps),
            None => {
                let core = self.clone();
                warnings::do_later(move || core.deliver_link(record, taps));
            }
        }
    }

    #[inline]
    fn hand_out(&self, record: &mut Arc<Record>, taps: &[Arc<Tap>]) {
        if !self.gate.pass(record) {
            return;
        }
        for sink in self.sinks.iter() {
            deliver(&**sink, record);
        }
        for tap in taps {
            deliver(&**tap, record);
        }
    }

    /// Whether the layer with that number is not in use any more.
    pub(crate) fn is_gone(number: u64) -> bool {
        !Self::all().iter().any(|core| core.number == number)
    }

    /// Every layer of the process that is in use.
    pub(crate) fn all() -> Vec<Arc<Self>> {
        let cores = CORES.lock().unwrap_or_else(PoisonError::into_inner);
        cores.iter().filter_map(Weak::upgrade).collect()
    }

    pub(crate) fn all_sinks() -> Vec<Arc<dyn RecordSink>> {
        let cores = Self::all().into_iter();
        cores
            .flat_map(|core| core.sinks.iter().cloned().collect::<Vec<_>>())
            .collect()
    }
}

impl Drop for Core {
    fn drop(&mut self) {
        COUNT.fetch_sub(1, Ordering::Relaxed);
    }
}

impl fmt::Debug for Core {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Core")
            .field("sinks", &self.sinks.iter().count())
            .finish()
    }
}
