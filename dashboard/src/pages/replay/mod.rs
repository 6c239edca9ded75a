//! Sessions and traces that a reader plays back.

mod moment;
mod player;
mod session;
mod trace;
mod trace_range;
mod waterfall;

pub(crate) use session::SessionView;
pub(crate) use trace::TraceView;
pub(super) use trace_range::{around_record, trace_href};
