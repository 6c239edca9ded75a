//! The last answer of a thread, kept for as long as it holds.

use std::sync::Arc;

use crate::frame::epoch::epoch;
use crate::model::Attribution;
use crate::resolve::resolve_to;
use crate::stack::entry::{serial_at, UNPLACED};
use crate::stack::node::{Frames, Node, Stack};
use crate::stack::owner::View;
use crate::stack::thread_state::{local, Local};

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

/// What `sum_up` makes of a stack; of the last one it is known, since the spans of one scope ask for
/// the same.
pub(crate) fn summed(stack: &Arc<Node>, sum_up: impl Fn(&Arc<Node>) -> Stack) -> Stack {
    // What was written since is in no sum that was made before.
    let of = (stack.serial(), epoch());
    let known = local(|local| {
        let (known, summed) = local.summed.take()?;
        local.summed.set(Some((known, summed.clone())));
        (known == of).then_some(summed)
    });
    known.flatten().or_else(|| {
        let summed = sum_up(stack)?;
        local(|local| local.summed.set(Some((of, summed.clone()))));
        Some(summed)
    })
}

/// Keeps an answer for the next time.
#[inline]
pub(crate) fn keep(kept: Box<Kept>) {
    local(|local| local.answer.set(Some(kept)));
}

/// Writes whose the current place is to its place, for a record.
///
/// Most scopes have one record, for which keeping the answer would be one copy too many: it is kept
/// from the second on.
pub(crate) fn answer_to(at: &mut Attribution) {
    if local(|local| local.answer_to(at)).is_none() {
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
    pub(crate) fn serial(&self) -> u64 {
        self.with_top(|top| serial_at(top.as_deref()))
    }

    fn answer_to(&self, at: &mut Attribution) {
        if self.view() != View::Whole {
            return self.with_frames(|frames| resolve_to(at, None, frames));
        }
        let (epoch, serial) = (epoch(), self.serial());
        let is_second = self.asked.replace(serial) == serial;
        match self.answer.take() {
            Some(kept) if kept.holds(self, epoch) => {
                at.clone_from(&kept.attribution);
                self.answer.set(Some(kept));
            }
            outdated if is_second => {
                let kept = self.new_answer(outdated, serial, epoch);
                at.clone_from(&kept.attribution);
                self.answer.set(Some(kept));
            }
            outdated => {
                self.answer.set(outdated);
                self.with_frames(|frames| resolve_to(at, None, frames));
            }
        }
    }

    #[inline]
    fn answer(&self) -> Box<Kept> {
        // Asked first: a write that comes meanwhile makes the answer one that no longer holds.
        let epoch = epoch();
        if self.view() != View::Whole {
            // An answer of this task alone: the number of the stack would not tell.
            return self.new_answer(None, UNPLACED, epoch);
        }
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
        self.with_frames(|frames| resolve_to(&mut kept.attribution, None, frames));
        kept.serial = serial;
        kept.epoch = epoch;
        kept
    }
}
