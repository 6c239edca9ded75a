//! The attribution of a report, and the warning about a report that no layer receives.

use std::panic::Location;

use crate::diagnostics::{stats, Warning};
use crate::frame::{RecordObserver, ScopeData};
use crate::layer::links;
use crate::model::Attribution;
use crate::{resolve, stack};

const UNHEARD_REPORT: Warning = Warning::warn("unheard report");

/// Counts a report that no layer receives, and warns once for each call site.
#[cold]
pub(crate) fn unheard(call_site: &'static Location<'static>) {
    stats::unheard_report();
    UNHEARD_REPORT.emit_once(call_site, |origin| {
        format!(
            "the error, model call, score or check-in reported at {origin} is lost: the \
             subscriber has no layer of whose. Add `.with(whose::layer())` to it, before any \
             layer that exports"
        )
    });
}

/// The attribution of a record with the explicit data `explicit`, and the test observers that
/// apply.
pub(crate) fn resolved(explicit: &ScopeData) -> (Attribution, Vec<RecordObserver>) {
    stack::with_frames(|frames| {
        let attribution = resolve::resolve(Some(explicit), frames.clone());
        links::note_record(&attribution, frames.clone());
        (attribution, frames.observers())
    })
}
