//! Finds the layer of a dispatcher, also where `tracing_subscriber` hides it.
//!
//! A `reload::Layer` gives no reference to the layer inside it, and of the layers in a `Vec` only the
//! first is given. Each of them passes on the registration of a call site, so one that no event
//! belongs to asks them.

use std::cell::RefCell;
use std::sync::Arc;

use tracing::callsite::{Callsite, Identifier};
use tracing::field::FieldSet;
use tracing::metadata::Kind;
use tracing::subscriber::Interest;
use tracing::{Dispatch, Level, Metadata};

use super::{Core, Layer};

struct Probe;

static PROBE: Probe = Probe;
static METADATA: Metadata<'static> = Metadata::new(
    "whose::probe",
    crate::diagnostics::TARGET,
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
    static FOUND: RefCell<Vec<Arc<Core>>> = const { RefCell::new(Vec::new()) };
}

/// Answers for a layer, where the call site is that of the probe.
#[inline]
pub(super) fn answer(metadata: &'static Metadata<'static>, core: &Arc<Core>) {
    if std::ptr::eq(metadata, &raw const METADATA) {
        let _ = FOUND.try_with(|found| found.borrow_mut().push(core.clone()));
    }
}

/// The layer of a dispatcher; of several that did not see each other when they were added, the first,
/// which the others join.
pub(crate) fn core_of(dispatch: &Dispatch) -> Option<Arc<Core>> {
    let visible = dispatch.downcast_ref::<Layer>();
    let visible = visible.map(|layer| layer.core().leader().clone());
    // Usually a process has one layer.
    match (visible, Core::count()) {
        (Some(core), 0..=1) => Some(core),
        (None, 0) => None,
        (visible, _) => ask(dispatch, visible),
    }
}

#[cold]
fn ask(dispatch: &Dispatch, visible: Option<Arc<Core>>) -> Option<Arc<Core>> {
    let take = || FOUND.try_with(|found| std::mem::take(&mut *found.borrow_mut()));
    let _ = take();
    dispatch.register_callsite(&METADATA);
    let mut found = visible.into_iter().chain(take().unwrap_or_default());
    let first = found.next()?.leader().clone();
    found.for_each(|other| first.take_over(&other));
    Some(first)
}
