//! Evaluations of feature flags.

use std::panic::Location;

use tracing::dispatcher;

use crate::capture::event::BuiltEvent;
use crate::context::isolation_or_refused;
use crate::diagnostics::truncation::attribute;
use crate::frame::ScopeData;
use crate::layer;
use crate::model::flag::Flag;
use crate::model::{AsValue, Source, Value};
use crate::names::feature_flag;

/// Records the evaluation of a feature flag in the nearest isolated scope, for errors that happen later.
/// `None` as the value records nothing.
///
/// Call `flag` where the application evaluates a flag. An error carries the flags that were evaluated last
/// in the scopes around the error, at most [`Limits::FLAGS`](crate::Limits::FLAGS), each with its last
/// value: see [`Record::flags`](crate::Record::flags). Other records have flags on request: see
/// [`Layer::with_flags`](crate::Layer::with_flags) and
/// [`Layer::with_flag_events`](crate::Layer::with_flag_events).
///
/// Outside every isolated scope the write is refused, as for [`set_user`](crate::set_user).
///
/// ```
/// let rec = whose::testing::Recorder::start();
/// whose::flag("new_checkout", true);
/// whose::flag("button", "green");
/// whose::capture_error(&std::io::Error::other("declined"));
///
/// let errors = rec.errors();
/// let flags: Vec<_> = errors[0].flags().map(|(key, value)| format!("{key}={value}")).collect();
/// assert_eq!(flags, ["new_checkout=true", "button=green"]);
/// ```
#[track_caller]
pub fn flag(key: impl AsRef<str>, value: impl AsValue) {
    let Some(flag) = attribute(|| Flag::of(key.as_ref(), &value)) else {
        return;
    };
    let Some(handle) = isolation_or_refused() else {
        return;
    };
    if handle.keep_flag(flag.clone()) && has_events() {
        evaluated(&flag, Location::caller()).record();
    }
}

/// Whether the current layer asks for an event of each new value.
fn has_events() -> bool {
    let core = dispatcher::get_default(layer::core_of);
    core.is_some_and(|core| core.pipeline().flags().has_events())
}

fn evaluated(flag: &Flag, call_site: &'static Location<'static>) -> BuiltEvent {
    let value = flag.value();
    let variant = value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned);
    let mut fields = vec![
        (feature_flag::KEY.name, Value::from(flag.key())),
        (feature_flag::VARIANT.name, Value::from(variant)),
    ];
    if value.as_str().is_none() {
        fields.push((feature_flag::VALUE.name, value.clone()));
    }
    BuiltEvent {
        name: feature_flag::EVENT,
        call_site,
        explicit: ScopeData::empty(Source::Explicit),
        fields,
        about: None,
        owner: None,
    }
}
