//! Finds the layer of a dispatcher, also where `tracing_subscriber` hides the layer.
//!
//! A `reload::Layer` returns no reference to its inner layer, and a `Vec` of layers returns the
//! first only. Both forward two calls: `on_register_dispatch`, which a hidden layer notes here, and
//! the registration of a call site. The registration of a call site without events (the probe) finds
//! layers that were added later. Filters forward the first call, and not always the second.

use std::cell::RefCell;
use std::sync::{Arc, PoisonError, RwLock, Weak};

use tracing::callsite::{Callsite, Identifier};
use tracing::dispatcher::WeakDispatch;
use tracing::field::FieldSet;
use tracing::metadata::Kind;
use tracing::subscriber::Interest;
use tracing::{Dispatch, Level, Metadata};
use tracing_subscriber::Registry;

use crate::layer::builder::Layer;
use crate::layer::core::LayerCore;
use crate::pipeline::Pipeline;

struct Probe;

static PROBE: Probe = Probe;
static METADATA: Metadata<'static> = Metadata::new(
    "whose::probe",
    crate::diagnostics::warnings::TARGET,
    Level::ERROR,
    None,
    None,
    None,
    FieldSet::new(&[], Identifier(&PROBE)),
    Kind::EVENT,
);

impl Callsite for Probe {
    fn set_interest(&self, _: Interest) {}

    fn metadata(&self) -> &Metadata<'_> {
        &METADATA
    }
}

thread_local! {
    /// The layers that have answered the probe of the current lookup.
    static FOUND: RefCell<Vec<Arc<LayerCore>>> = const { RefCell::new(Vec::new()) };
}

/// Answers for a layer, where the call site is the probe.
#[inline]
pub(crate) fn answer(metadata: &'static Metadata<'static>, core: &Arc<LayerCore>) {
    if std::ptr::eq(metadata, &raw const METADATA) {
        let _ = FOUND.try_with(|found| found.borrow_mut().push(core.clone()));
    }
}

/// A layer, and the dispatcher that contained the layer from the beginning.
struct InstalledLayer {
    registry: usize,
    dispatch: WeakDispatch,
    core: Weak<LayerCore>,
}

static INSTALLED: RwLock<Vec<InstalledLayer>> = RwLock::new(Vec::new());

/// The address of the registry of a dispatcher, which no other live dispatcher has.
fn registry_of(dispatch: &Dispatch) -> Option<usize> {
    let registry = dispatch.downcast_ref::<Registry>()?;
    Some(std::ptr::from_ref(registry).addr())
}

/// Notes that a layer is part of a new dispatcher.
pub(crate) fn note(dispatch: &Dispatch, core: &Arc<LayerCore>) {
    let Some(registry) = registry_of(dispatch) else {
        return;
    };
    let mut installed = INSTALLED.write().unwrap_or_else(PoisonError::into_inner);
    installed.retain(|installed| installed.core.strong_count() > 0);
    installed.push(InstalledLayer {
        registry,
        dispatch: dispatch.downgrade(),
        core: Arc::downgrade(core),
    });
}

/// The layers that a dispatcher contained from the beginning.
fn noted(dispatch: &Dispatch) -> Vec<Arc<LayerCore>> {
    let Some(registry) = registry_of(dispatch) else {
        return Vec::new();
    };
    let installed = INSTALLED.read().unwrap_or_else(PoisonError::into_inner);
    let here = installed
        .iter()
        .filter(|installed| installed.registry == registry);
    // The address of a dropped dispatcher can be used again.
    let living = here.filter(|installed| installed.dispatch.upgrade().is_some());
    living
        .filter_map(|installed| installed.core.upgrade())
        .collect()
}

/// As [`core_of`], without a call to the dispatcher, which may be locked. A layer that was added
/// later is not found.
pub(crate) fn known_core_of(dispatch: &Dispatch) -> Option<Arc<LayerCore>> {
    let visible = dispatch.downcast_ref::<Layer>();
    let visible = visible.map(|layer| layer.core().clone());
    let core = visible.or_else(|| noted(dispatch).into_iter().next())?;
    Some(core.leader().clone())
}

/// The layer of a dispatcher. Several layers that did not see each other when they were added join
/// the first one.
pub(crate) fn core_of(dispatch: &Dispatch) -> Option<Arc<LayerCore>> {
    let visible = dispatch.downcast_ref::<Layer>();
    let visible = visible.map(|layer| layer.core().leader().clone());
    // Usually a process has one layer.
    match (visible, Pipeline::count()) {
        (Some(core), 0..=1) => Some(core),
        (None, 0) => None,
        (visible, _) => ask(dispatch, visible),
    }
}

#[cold]
fn ask(dispatch: &Dispatch, visible: Option<Arc<LayerCore>>) -> Option<Arc<LayerCore>> {
    let take = || FOUND.try_with(|found| std::mem::take(&mut *found.borrow_mut()));
    let _ = take();
    dispatch.register_callsite(&METADATA);
    let asked = take().unwrap_or_default();
    let mut found = visible.into_iter().chain(noted(dispatch)).chain(asked);
    let first = found.next()?.leader().clone();
    found.for_each(|other| first.take_over(&other));
    Some(first)
}
