//! Events that `tracing_log::LogTracer` creates from records of the `log` crate.
//!
//! These events share one target, `log`, and have no call site, since the metadata of an event
//! exists before the event. The fields carry the target, the file and the line of the record. As
//! `tracing_log::NormalizeEvent` does, this module moves them back to where other events have them.

use tracing::Metadata;

use crate::model::Value;
use crate::record::Record;
use crate::util::intern::interned;
use crate::util::CallSite;

/// The name of the events of `tracing-log`.
const NAME: &str = "log event";
const TARGET: &str = "log";

const LOG_TARGET: &str = "log.target";
const LOG_MODULE: &str = "log.module_path";
const LOG_FILE: &str = "log.file";
const LOG_LINE: &str = "log.line";

/// Gives the record of an event its target and call site, if the event is a record of the `log` crate.
///
/// Where a text cannot be interned, the record stays unchanged. Nothing is lost, and a program that
/// creates targets without end uses no more memory.
#[inline]
pub(crate) fn normalize(record: &mut Record, metadata: &Metadata<'_>) {
    // The events of `tracing`'s own macros have a file: they cost one comparison here.
    if metadata.file().is_none() && metadata.name() == NAME && metadata.target() == TARGET {
        take_call_site(record);
    }
}

/// Moves the target and the call site out of the fields. Returns `None` where the fields stay.
#[cold]
fn take_call_site(record: &mut Record) -> Option<()> {
    let values = &record.fields;
    let value = |wanted| {
        let mut found = values.iter().filter(|(name, _)| *name == wanted);
        found.next().map(|(_, value)| value)
    };
    let target = interned(value(LOG_TARGET)?.as_str()?)?;
    let file = match value(LOG_FILE).and_then(Value::as_str) {
        Some(file) => Some(interned(file)?),
        None => None,
    };
    let line = value(LOG_LINE).and_then(Value::as_u64);
    let line = line.and_then(|line| u32::try_from(line).ok());
    record.target = target;
    record.call_site = file.zip(line).map(|(file, line)| CallSite { file, line });
    let moved = [LOG_TARGET, LOG_MODULE, LOG_FILE, LOG_LINE];
    record.fields.retain(|(name, _)| !moved.contains(name));
    Some(())
}
