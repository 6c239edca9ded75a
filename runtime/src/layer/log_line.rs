//! Which policies hold for a line of a log, whose format knows nothing of the subscriber.

use std::cell::RefCell;
use std::sync::{Arc, Weak};

use tracing::{dispatcher, Event};

use crate::layer::core::LayerCore;
use crate::layer::lookup;
use crate::pipeline::{LogLine, Pipeline, Processors};
use crate::stack::{self, Frames};

thread_local! {
    /// The event that this thread is dispatching, by its address, and the layer that it came by.
    static SEEN: RefCell<(usize, Weak<LayerCore>)> = const { RefCell::new((0, Weak::new())) };
}

fn address(event: &Event<'_>) -> usize {
    std::ptr::from_ref(event).addr()
}

/// Notes that an event comes by the layer, before any layer takes it.
pub(crate) fn note(event: &Event<'_>, core: &Arc<LayerCore>) {
    if Processors::is_any_guarded() || event.parent().is_some() {
        let _ = SEEN.try_with(|seen| {
            *seen.borrow_mut() = (address(event), Arc::downgrade(core));
        });
    }
}

/// The layer that an event came by.
fn core_of(event: &Event<'_>) -> Option<Arc<LayerCore>> {
    dispatcher::get_default(lookup::core_of).or_else(|| {
        let seen = SEEN.try_with(|seen| {
            let (noted, core) = &*seen.borrow();
            (*noted == address(event)).then(|| core.upgrade()).flatten()
        });
        seen.ok().flatten()
    })
}

/// Calls `read` with the frames of an event: those of the parent that it names, where that is a
/// frame, else those that are current.
pub(crate) fn with_frames_under<R>(event: &Event<'_>, read: impl Fn(Frames<'_>) -> R) -> R {
    let stack = event.parent().and_then(|parent| {
        let core = core_of(event)?;
        let stack = core.spans().with(parent.into_u64(), |open| open.frame());
        stack.flatten()
    });
    stack::with_frames_of(stack.as_ref(), read)
}

/// Leaves of whose an event is, and of its line, what the policies of its subscriber let through.
///
/// While a thread dispatches to a subscriber of its own, that one cannot be asked for; then the
/// layer has noted the event. Where it has not, since a filter keeps the event from it, the
/// policies of all layers hold: too little can be seen then, never too much.
pub(crate) fn protect_line(event: &Event<'_>, mut line: LogLine<'_>) {
    if !Processors::is_any_guarded() {
        return;
    }
    match core_of(event) {
        Some(core) => core.pipeline().processors().protect(&mut line),
        None => Pipeline::all()
            .iter()
            .for_each(|pipeline| pipeline.processors().protect(&mut line)),
    }
}
