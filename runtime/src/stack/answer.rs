//! The last answer of a thread, kept for as long as it holds.

use super::link::serial_at;
use super::{local, Frames, Local};
use crate::attribution::Attribution;
use crate::frame::epoch;
use crate::resolve::resolve_to;

/// An answer, with what tells whether it still holds.
pub(crate) struct Kept {
    pub(crate) attribution: Attribution,
    /// The number of the stack that it is the answer for.
    serial: u64,
    /// How much was written into mutable frames before it was asked for.
    epoch: u64,
}

/// Whose the current place is: as it was answered last, where that still holds.
///
/// It is taken away until it is [kept](keep) again, so that whoever looks at it may call back.
#[inline]
pub(crate) fn answer() -> Option<Box<Kept>> {
    local(Local::answer)
}

/// Keeps an answer for the next time.
#[inline]
pub(crate) fn keep(kept: Box<Kept>) {
    local(|local| local.answer.set(Some(kept)));
}

/// Writes whose the current place is to its place, for a record; that of a scope is most often asked
/// for once, and is not kept then.
pub(crate) fn answer_to(at: &mut Attribution) {
    let known = local(|local| {
        let epoch = epoch();
        match local.answer.take() {
            Some(kept) if kept.holds(local, epoch) => {
                at.clone_from(&kept.attribution);
                local.answer.set(Some(kept));
            }
            outdated => {
                local.answer.set(outdated);
                local.with_top(|top| resolve_to(at, None, Frames::from_top(top.as_deref())));
            }
        }
    });
    if known.is_none() {
        resolve_to(at, None, Frames::default());
    }
}

impl Kept {
    #[inline]
    fn holds(&self, local: &Local, epoch: u64) -> bool {
        self.serial == local.serial() && self.epoch == epoch
    }
}

impl Local {
    /// The number of what is current.
    #[inline]
    pub(super) fn serial(&self) -> u64 {
        self.with_top(|top| serial_at(top.as_deref()))
    }

    #[inline]
    fn answer(&self) -> Box<Kept> {
        // Asked first: a write that comes meanwhile makes the answer one that no longer holds.
        let epoch = epoch();
        match self.answer.take() {
            Some(kept) if kept.holds(self, epoch) => kept,
            outdated => self.new_answer(outdated, self.serial(), epoch),
        }
    }

    fn new_answer(&self, outdated: Option<Box<Kept>>, serial: u64, epoch: u64) -> Box<Kept> {
        let mut kept = outdated.unwrap_or_else(|| {
            Box::new(Kept {
                attribution: Attribution::default(),
                serial,
                epoch,
            })
        });
        self.with_top(|top| {
            let frames = Frames::from_top(top.as_deref());
            resolve_to(&mut kept.attribution, None, frames);
        });
        kept.serial = serial;
        kept.epoch = epoch;
        kept
    }
}
