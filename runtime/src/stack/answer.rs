//! The last answer of a thread, kept for as long as it holds.

use std::sync::Arc;

use crate::frame::epoch::epoch;
use crate::model::Attribution;
use crate::stack::cached::Cached;
use crate::stack::entry::serial_at;
use crate::stack::frames::Frames;
use crate::stack::ids::UNPLACED;
use crate::stack::node::{Node, Stack};
use crate::stack::owner::View;
use crate::stack::thread_state::{local, ThreadState};

/// Whose the current place is: as it was answered last, where that still holds.
///
/// It is taken away until it is [kept](keep) again, so that whoever looks at it may call back.
#[inline]
pub(crate) fn answer(resolve: impl Fn(&mut Attribution, Frames<'_>)) -> Option<Box<Cached>> {
    local(|local| local.answer(resolve))
}

/// What `sum_up` makes of a stack; of the last one it is known, since the spans of one scope ask for
/// the same.
pub(crate) fn flattened(stack: &Arc<Node>, sum_up: impl Fn(&Arc<Node>) -> Stack) -> Stack {
    // What was written since is in no sum that was made before.
    let of = (stack.stack_id(), epoch());
    let known = local(|local| {
        let (known, summed) = local.flattened.take()?;
        local.flattened.set(Some((known, summed.clone())));
        (known == of).then_some(summed)
    });
    known.flatten().or_else(|| {
        let summed = sum_up(stack)?;
        local(|local| local.flattened.set(Some((of, summed.clone()))));
        Some(summed)
    })
}

/// Keeps an answer for the next time.
#[inline]
pub(crate) fn keep(kept: Box<Cached>) {
    local(|local| local.answer.set(Some(kept)));
}

/// Writes the answer for the current place to `attribution`, for a record.
///
/// Most scopes have one record, for which keeping the answer would be one copy too many: the answer is
/// kept from the second record on. `None` while the thread is being torn down.
pub(crate) fn answer_to(
    attribution: &mut Attribution,
    resolve: impl Fn(&mut Attribution, Frames<'_>),
) -> Option<()> {
    local(|local| local.answer_to(attribution, resolve))
}

impl Cached {
    #[inline]
    fn holds(&self, local: &ThreadState, epoch: u64) -> bool {
        self.stack_id == local.stack_id() && self.epoch == epoch
    }
}

impl ThreadState {
    /// The number of what is current.
    #[inline]
    pub(crate) fn stack_id(&self) -> u64 {
        self.with_top(|top| serial_at(top.as_deref()))
    }

    fn answer_to(&self, at: &mut Attribution, resolve: impl Fn(&mut Attribution, Frames<'_>)) {
        if self.view() != View::Whole {
            return self.with_frames(|frames| resolve(at, frames));
        }
        let (epoch, serial) = (epoch(), self.stack_id());
        let is_second = self.asked.replace(serial) == serial;
        match self.answer.take() {
            Some(kept) if kept.holds(self, epoch) => {
                at.clone_from(&kept.attribution);
                self.answer.set(Some(kept));
            }
            outdated if is_second => {
                let kept = self.new_answer(outdated, serial, epoch, resolve);
                at.clone_from(&kept.attribution);
                self.answer.set(Some(kept));
            }
            outdated => {
                self.answer.set(outdated);
                self.with_frames(|frames| resolve(at, frames));
            }
        }
    }

    #[inline]
    fn answer(&self, resolve: impl Fn(&mut Attribution, Frames<'_>)) -> Box<Cached> {
        // Asked first: a write that comes meanwhile makes the answer one that no longer holds.
        let epoch = epoch();
        if self.view() != View::Whole {
            // An answer of this task alone: the number of the stack would not tell.
            return self.new_answer(None, UNPLACED, epoch, resolve);
        }
        match self.answer.take() {
            Some(kept) if kept.holds(self, epoch) => kept,
            outdated => self.new_answer(outdated, self.stack_id(), epoch, resolve),
        }
    }

    fn new_answer(
        &self,
        outdated: Option<Box<Cached>>,
        serial: u64,
        epoch: u64,
        resolve: impl Fn(&mut Attribution, Frames<'_>),
    ) -> Box<Cached> {
        let mut kept = outdated.unwrap_or_else(|| {
            Box::new(Cached {
                attribution: Attribution::default(),
                stack_id: serial,
                epoch,
            })
        });
        self.with_frames(|frames| resolve(&mut kept.attribution, frames));
        kept.stack_id = serial;
        kept.epoch = epoch;
        kept
    }
}
