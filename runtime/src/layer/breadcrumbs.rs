//! Breadcrumbs on their way through the hooks of the current layer, and those made of events.

use std::sync::Arc;

use tracing::dispatcher;

use crate::diagnostics::stats;
use crate::frame::{Frame, Isolated};
use crate::layer::lookup::core_of;
use crate::model::Breadcrumb;
use crate::stack::{self, frames, Stack};

/// Applies the breadcrumb hooks of the current layer; `None` where a hook drops the breadcrumb.
pub(crate) fn apply_hooks(breadcrumb: Breadcrumb) -> Option<Breadcrumb> {
    match dispatcher::get_default(core_of) {
        Some(core) => core.pipeline().breadcrumb_hooks.get().passed(breadcrumb),
        None => Some(breadcrumb),
    }
}

/// Adds the breadcrumb of an event to the nearest isolated scope of that stack, or else of the
/// current one. Without an isolated scope the breadcrumb is counted and dropped: errors of every
/// request would show it.
pub(crate) fn add_event(stack: Option<Stack>, breadcrumb: Breadcrumb) {
    let on_stack = stack.and_then(|stack| {
        frames(&stack).find_map(|frame| match frame {
            Frame::Isolated(isolated) => Some(isolated.shared().clone()),
            _ => None,
        })
    });
    let nearest: Option<Arc<Isolated>> = on_stack.or_else(stack::nearest_isolated);
    match nearest {
        Some(isolated) => isolated.trail.add(Arc::new(breadcrumb)),
        None => stats::refused_breadcrumb(),
    }
}
