//! Finds the layer of a dispatcher, also where `tracing_subscriber` hides it.
//!
//! A `reload::Layer` gives no reference to the layer inside it, and of the layers in a `Vec` only the
//! first is given. Each of them passes on that the dispatcher is made, which a hidden layer notes
//! here, and the registration of a call site: one that no event belongs to asks the layers that were
//! put in since. Filters pass on the first, and not always the second.

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
    /// The layers that have answered, while a dispatcher is asked.
    static FOUND: RefCell<Vec<Arc<LayerCore>>> = const { RefCell::new(Vec::new()) };
}

/// Answers for a layer, where the call site is that of the probe.
#[inline]
pub(crate) fn answer(metadata: &'static Metadata<'static>, core: &Arc<LayerCore>) {
    if std::ptr::eq(metadata, &raw const METADATA) {
        let _ = FOUND.try_with(|found| found.borrow_mut().push(core.clone()));
    }
}

/// A layer, and the dispatcher that it was part of from the beginning.
struct Placed {
    registry: usize,
    dispatch: WeakDispatch,
    core: Weak<LayerCore>,
}

static PLACED: RwLock<Vec<Placed>> = RwLock::new(Vec::new());

/// Tells a dispatcher from every other that lives: where its registry is.
fn registry_of(dispatch: &Dispatch) -> Option<usize> {
    let registry = dispatch.downcast_ref::<Registry>()?;
    Some(std::ptr::from_ref(registry).addr())
}

/// Notes that a layer is part of a dispatcher which was made.
pub(crate) fn note(dispatch: &Dispatch, core: &Arc<LayerCore>) {
    let Some(registry) = registry_of(dispatch) else {
        return;
    };
    let mut placed = PLACED.write().unwrap_or_else(PoisonError::into_inner);
    placed.retain(|placed| placed.core.strong_count() > 0);
    placed.push(Placed {
        registry,
        dispatch: dispatch.downgrade(),
        core: Arc::downgrade(core),
    });
}

/// The layers that were part of a dispatcher from the beginning.
fn noted(dispatch: &Dispatch) -> Vec<Arc<LayerCore>> {
    let Some(registry) = registry_of(dispatch) else {
        return Vec::new();
    };
    let placed = PLACED.read().unwrap_or_else(PoisonError::into_inner);
    let here = placed.iter().filter(|placed| placed.registry == registry);
    // The address of a dispatcher that is gone may come again.
    let living = here.filter(|placed| placed.dispatch.upgrade().is_some());
    living.filter_map(|placed| placed.core.upgrade()).collect()
}

/// As [`core_of`], of what is known without a question to the dispatcher, which may be locked: a
/// layer that was put in later is not found.
pub(crate) fn known_core_of(dispatch: &Dispatch) -> Option<Arc<LayerCore>> {
    let visible = dispatch.downcast_ref::<Layer>();
    let visible = visible.map(|layer| layer.core().clone());
    let core = visible.or_else(|| noted(dispatch).into_iter().next())?;
    Some(core.leader().clone())
}

/// The layer of a dispatcher; of several that did not see each other when they were added, the first,
/// which the others join.
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
