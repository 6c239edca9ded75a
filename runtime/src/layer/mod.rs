mod adopt;
pub(crate) mod breadcrumbs;
pub(crate) mod builder;
pub(crate) mod callbacks;
pub(crate) mod conflicts;
pub(crate) mod core;
pub(crate) mod errors;
pub(crate) mod failures;
pub(crate) mod fields;
mod flags;
#[cfg(feature = "fmt")]
pub(crate) mod line_hooks;
pub(crate) mod links;
pub(crate) mod log_crate;
#[cfg(feature = "fmt")]
pub(crate) mod log_line;
pub(crate) mod lookup;
pub(crate) mod model_calls;
pub(crate) mod open_span;
pub(crate) mod span_attributions;
#[cfg(feature = "tower")]
pub(crate) mod span_end;
pub(crate) mod span_failures;
pub(crate) mod span_hint;
mod span_record;
pub(crate) mod span_table;
mod span_updates;
pub(crate) mod trace_context;

pub use builder::{layer, Layer};
pub(crate) use core::LayerCore;
pub(crate) use errors::{fail, nearest, resolved_in};
pub(crate) use failures::Failure;
#[cfg(feature = "fmt")]
pub(crate) use fields::explicit_of;
#[cfg(feature = "fmt")]
pub(crate) use line_hooks::{FormatId, NotedHooks};
#[cfg(feature = "fmt")]
pub(crate) use log_line::{apply_hooks, protect_line, with_frames_under};
pub(crate) use lookup::{core_of, known_core_of};
pub(crate) use model_calls::{add_agent_and_tool, is_call};
pub use span_attributions::SpanAttributions;
#[cfg(feature = "tower")]
pub(crate) use span_end::end_span;
pub(crate) use span_failures::ErrorLocation;
pub(crate) use span_hint::SpanHint;
pub use trace_context::TraceContext;
