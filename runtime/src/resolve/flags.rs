//! The feature flags of an error, and the values of single flags.

use std::sync::Arc;

use crate::frame::Isolated;
use crate::model::flag::{newest_flags, Flag, FlagValues};
use crate::resolve::mutable_frames::with_mutable_frames;
use crate::stack::{self, Frames, Stack};

/// The newest flags of all mutable frames of `stack`, or of the current stack where `stack` is `None`.
pub(crate) fn flags_at(stack: Option<&Stack>) -> Vec<Arc<Flag>> {
    let nearest = stack::nearest_isolated();
    stack::with_frames_of(stack, |frames| {
        with_mutable_frames(frames, nearest.as_deref(), |scopes, global| {
            let flags = scopes.iter().map(|scope| &scope.flags);
            newest_flags(flags.chain([&global.flags]))
        })
    })
}

/// The values of flags among `frames`.
pub(crate) fn flag_values(frames: Frames<'_>, nearest: Option<&Isolated>) -> FlagValues {
    with_mutable_frames(frames, nearest, |scopes, global| {
        let flags = scopes.iter().map(|scope| &scope.flags);
        FlagValues::of(flags.chain([&global.flags]))
    })
}
