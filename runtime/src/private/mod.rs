//! The functions that expansions of the macros call. They are not public API: any release may change
//! them.
//!
//! An expansion is a call; the logic is here, where it is compiled once and can be tested.

mod captured;
mod expansion;
mod failing;
mod monitoring;
mod relations;
mod streams;

pub use captured::{captured, Captured, DebugForm, TextForm};
pub use expansion::{
    agent, agent_name, anonymous, enter, enter_traced, id, identify, output, prepare, scoped,
    with_fields, Display, Id, TracedGuard, TOLD,
};
pub use failing::{fail, fail_debug, ErrorAnatomy, ErrorProbe, Failing};
pub use monitoring::{end_run, monitored, no_failure, run_guard, RunFailure, RunGuard, RunProbe};
pub use relations::{following, parent, AsCauses, AsSpan};
pub use std::borrow::Cow;
pub use std::boxed::Box;
pub use streams::{PerhapsStream, Unpolled};
pub use tracing;

pub use crate::scope::traced::{
    traced, traced_then, Inside, Prepared, Report, Silent, Then, Traced,
};
pub use crate::user_code::DynError;
