//! The breadcrumbs of an error.

use std::sync::Arc;

use crate::frame::{Frame, Isolated};
use crate::model::breadcrumb::newest;
use crate::model::{Breadcrumb, Trail};
use crate::stack::{self, Frames, Stack};

/// The newest breadcrumbs of all mutable frames among `frames`.
pub(crate) fn breadcrumbs(frames: Frames<'_>, nearest: Option<&Isolated>) -> Vec<Arc<Breadcrumb>> {
    let isolated = frames.clone().filter_map(|frame| match frame {
        Frame::Isolated(isolated) => Some(&isolated.trail),
        _ => None,
    });
    // A scope that is entered again inside itself counts once.
    let mut trails: Vec<&Trail> = Vec::new();
    for trail in isolated {
        if !trails.iter().any(|other| std::ptr::eq(*other, trail)) {
            trails.push(trail);
        }
    }
    // The stack of a span can have no isolated scope: then the scope outside the entry counts.
    if let Some(nearest) = nearest.filter(|_| trails.is_empty()) {
        trails.push(&nearest.trail);
    }
    frames.with_global(|global| newest(trails.into_iter().chain([&global.trail])))
}

/// The breadcrumbs of an error with `stack`, or with the current stack where `stack` is `None`.
pub(crate) fn breadcrumbs_at(stack: Option<&Stack>) -> Vec<Arc<Breadcrumb>> {
    let nearest = stack::nearest_isolated();
    let read = |frames: Frames<'_>| breadcrumbs(frames, nearest.as_deref());
    stack::with_frames_of(stack, read)
}
