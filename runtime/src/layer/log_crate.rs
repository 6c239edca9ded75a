//! Events that `tracing_log::LogTracer` creates from records of the `log` crate.
//!
//! These events share one target, `log`, and have no call site, since the metadata of an event
//! exists before the event. The fields carry the target, the file and the line of the record. As
//! `tracing_log::NormalizeEvent` does, this module moves them back to where other events have them.

use tracing::Metadata;

use crate::layer::fields::Fields;
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

/// The call site of a record of the `log` crate.
#[derive(Clone, Copy)]
pub(crate) struct LogSite {
    target: &'static str,
    call_site: Option<CallSite>,
}

impl LogSite {
    /// Takes the call site of a `log` record out of the fields of its event; `None` for any other
    /// event.
    ///
    /// Where a text cannot be interned, the event stays unchanged. Nothing of the record is lost,
    /// and a program that creates targets without end uses no more memory.
    #[inline]
    pub(crate) fn take(metadata: &Metadata<'_>, fields: &mut Fields) -> Option<Self> {
        // The events of `tracing`'s own macros have a file: they cost one comparison here.
        match metadata.file() {
            Some(_) => None,
            None => Self::take_from(metadata, fields),
        }
    }

    #[cold]
    fn take_from(metadata: &Metadata<'_>, fields: &mut Fields) -> Option<Self> {
        if metadata.name() != NAME || metadata.target() != TARGET {
            return None;
        }
        let values = &mut fields.values;
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
        values.retain(|(name, _)| ![LOG_TARGET, LOG_MODULE, LOG_FILE, LOG_LINE].contains(name));
        Some(Self {
            target,
            call_site: file.zip(line).map(|(file, line)| CallSite { file, line }),
        })
    }

    /// The target of the event: that of the call site, or else that of the metadata.
    pub(crate) fn target_of<'a>(site: Option<&Self>, metadata: &'a Metadata<'_>) -> &'a str {
        site.map_or_else(|| metadata.target(), |site| site.target)
    }

    pub(crate) fn fill(self, record: &mut Record) {
        record.target = self.target;
        record.call_site = self.call_site;
    }
}
