//! The breadcrumbs of an error.

use std::sync::Arc;

use crate::frame::Isolated;
use crate::model::breadcrumb::newest;
use crate::model::Breadcrumb;
use crate::resolve::mutable_frames::with_mutable_frames;
use crate::stack::{self, Frames, Stack};

/// The newest breadcrumbs of all mutable frames among `frames`.
pub(crate) fn breadcrumbs(frames: Frames<'_>, nearest: Option<&Isolated>) -> Vec<Arc<Breadcrumb>> {
    with_mutable_frames(frames, nearest, |scopes, global| {
        let trails = scopes.iter().map(|scope| &scope.trail);
        newest(trails.chain([&global.trail]))
    })
}

/// The breadcrumbs of an error with `stack`, or with the current stack where `stack` is `None`.
pub(crate) fn breadcrumbs_at(stack: Option<&Stack>) -> Vec<Arc<Breadcrumb>> {
    let nearest = stack::nearest_isolated();
    let read = |frames: Frames<'_>| breadcrumbs(frames, nearest.as_deref());
    stack::with_frames_of(stack, read)
}
