//! Which breadcrumbs an error shows.

use std::sync::Arc;

use crate::frame::{Frame, Isolated};
use crate::model::breadcrumb::newest;
use crate::model::{Breadcrumb, Trail};
use crate::stack::{self, Frames, Stack};

/// The breadcrumbs that an error at this place sees: those of all mutable frames around it.
pub(crate) fn breadcrumbs(frames: Frames<'_>, nearest: Option<&Isolated>) -> Vec<Arc<Breadcrumb>> {
    let own = frames.clone().filter_map(|frame| match frame {
        Frame::Isolated(isolated) => Some(&isolated.trail),
        _ => None,
    });
    // A scope that is entered again inside itself is one layer.
    let mut trails: Vec<&Trail> = Vec::new();
    for trail in own {
        if !trails.iter().any(|other| std::ptr::eq(*other, trail)) {
            trails.push(trail);
        }
    }
    // The isolated scope around the entry of a span whose own stack holds none.
    if let Some(nearest) = nearest.filter(|_| trails.is_empty()) {
        trails.push(&nearest.trail);
    }
    frames.with_global(|global| newest(trails.into_iter().chain([&global.trail])))
}

/// The breadcrumbs of an error that happens here, or at a place with that stack.
pub(crate) fn breadcrumbs_at(stack: Option<&Stack>) -> Vec<Arc<Breadcrumb>> {
    let nearest = stack::nearest_isolated();
    let read = |frames: Frames<'_>| breadcrumbs(frames, nearest.as_deref());
    stack::with_frames_of(stack, read)
}
