//! The last answer of a thread, kept for as long as it holds.

use super::link::serial_at;
use super::{local, Frames, Local};
use crate::attribution::Attribution;
use crate::frame::epoch;

/// An answer, with what tells whether it still holds.
pub(crate) struct Kept {
    pub(crate) attribution: Attribution,
    /// The number of the stack that it is the answer for.
    serial: u64,
    /// How much was written into mutable frames before it was asked for.
    epoch: u64,
}

/// Whose the current place is: as it was answered last, or as `resolve` says.
///
/// It is taken away until it is [kept](keep) again, so that whoever looks at it may call back.
#[inline]
pub(crate) fn answer(resolve: impl Fn(Frames<'_>) -> Attribution) -> Option<Box<Kept>> {
    local(|local| local.answer(resolve))
}

/// Keeps an answer for the next time.
#[inline]
pub(crate) fn keep(kept: Box<Kept>) {
    local(|local| local.answer.set(Some(kept)));
}

impl Local {
    #[inline]
    fn answer(&self, resolve: impl Fn(Frames<'_>) -> Attribution) -> Box<Kept> {
        // Asked first: a write that comes meanwhile makes the answer one that no longer holds.
        let epoch = epoch();
        let serial = self.with_top(|top| serial_at(top.as_deref()));
        match self.answer.take() {
            Some(kept) if kept.serial == serial && kept.epoch == epoch => kept,
            outdated => {
                let attribution = self.with_top(|top| resolve(Frames::from_top(top.as_deref())));
                let new = Kept {
                    attribution,
                    serial,
                    epoch,
                };
                match outdated {
                    Some(mut kept) => {
                        *kept = new;
                        kept
                    }
                    None => Box::new(new),
                }
            }
        }
    }
}
