use std::collections::VecDeque;

use super::Flaw;
use crate::program::Crumbs;

/// The number of breadcrumbs that a mutable frame keeps and that an error carries.
const MAX_BREADCRUMBS: usize = 100;

/// A breadcrumb, identified by its number.
#[derive(Clone, Copy, Debug)]
pub(super) struct Crumb {
    time: u64,
    number: u64,
}

/// The breadcrumbs of one mutable frame, in the order in which they were added.
#[derive(Clone, Debug, Default)]
pub(super) struct FrameBreadcrumbs(VecDeque<Crumb>);

impl FrameBreadcrumbs {
    /// Adds breadcrumbs, numbered from `first` on, and drops the oldest above the limit.
    pub(super) fn add(&mut self, crumbs: Crumbs, first: u64, flaw: Option<Flaw>) {
        for number in first..first + u64::from(crumbs.count) {
            let time = crumbs.time(number);
            self.0.push_back(Crumb { time, number });
            if self.0.len() <= MAX_BREADCRUMBS || flaw == Some(Flaw::BreadcrumbsAreUnbounded) {
                continue;
            }
            let dropped = match flaw {
                Some(Flaw::NewBreadcrumbIsDropped) => MAX_BREADCRUMBS,
                Some(Flaw::EarliestBreadcrumbIsDropped) => self.earliest(),
                _ => 0,
            };
            self.0.remove(dropped);
        }
    }

    fn earliest(&self) -> usize {
        let times = self.0.iter().enumerate();
        times
            .min_by_key(|(_, crumb)| crumb.time)
            .map_or(0, |(index, _)| index)
    }
}

/// The breadcrumbs of an error from these frames, outermost first: the newest of all frames, by
/// time.
pub(super) fn breadcrumbs_of_error<'a>(
    frames: impl Iterator<Item = &'a FrameBreadcrumbs>,
    flaw: Option<Flaw>,
) -> Vec<u64> {
    let mut crumbs: Vec<Crumb> = frames.flat_map(|frame| &frame.0).copied().collect();
    if flaw != Some(Flaw::CrumbsInOrderOfFrames) {
        crumbs.sort_by_key(|crumb| crumb.time);
    }
    let numbers = crumbs.iter().map(|crumb| crumb.number);
    match flaw {
        Some(Flaw::ErrorShowsAllCrumbs) => numbers.collect(),
        Some(Flaw::ErrorShowsOldestCrumbs) => numbers.take(MAX_BREADCRUMBS).collect(),
        _ => numbers
            .skip(crumbs.len().saturating_sub(MAX_BREADCRUMBS))
            .collect(),
    }
}
