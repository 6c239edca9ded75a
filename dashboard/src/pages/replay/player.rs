//! The controls of the replay, and the frame around waterfalls.

use maud::{Markup, html};
use whose_store::{RecordRow, Timestamp};

use super::moment::moment;
use super::waterfall::Waterfall;
use crate::pages::view::PageContext;
use crate::record_text::{current_at, trace_trees};

/// The assets of a page with a replay.
pub(super) const SCRIPTS: &[&str] = &["replay.js"];

/// The controls, the waterfall of each trace, and the current record beside them. `text` is the URL of
/// the same records as text.
pub(super) fn replay(
    records: &[RecordRow],
    at: Option<Timestamp>,
    text: &str,
    context: &PageContext,
) -> Markup {
    let current = match at {
        Some(time) => current_at(records, time),
        None => (!records.is_empty()).then_some(0),
    };
    let waterfall = Waterfall {
        records,
        current,
        context,
    };
    html! {
        (controls(text, &context.twin(".json")))
        div.replay {
            div.traces {
                @for tree in &trace_trees(records) { (waterfall.trace(tree)) }
            }
            (moment(current.map(|index| &records[index])))
        }
    }
}

/// The controls are hidden until the script of the page runs. The script reads the fields of the
/// records from the URL `json`.
fn controls(text: &str, json: &str) -> Markup {
    html! {
        div.player {
            div.controls #player hidden role="group" aria-label="Replay" data-records=(json) {
                button #step-back type="button" title="Previous record (p)" { "‹ Step" }
                button #play type="button" title="Play or pause (space)" { "Play" }
                button #step type="button" title="Next record (n)" { "Step ›" }
                button #next-error type="button" title="Next failure (e)" { "Next error" }
                label {
                    "Speed "
                    select #speed {
                        option value="0.5" { "½×" }
                        option value="1" selected { "1×" }
                        option value="2" { "2×" }
                        option value="5" { "5×" }
                        option value="20" { "20×" }
                    }
                }
                label.scrub {
                    span.hidden { "Moment of the replay" }
                    input #scrub type="range" min="0" max="1000" value="0" step="1";
                }
                a #at-link href="" { "Link to this moment" }
                output #clock role="status" {}
            }
            a.button href=(text) data-copy { "Copy as text" }
            span #copied role="status" {}
        }
    }
}
