//! Events that `tracing_log::LogTracer` makes of records of the `log` crate.
//!
//! All of them have the target `log` and no call site, since the metadata of an event has to be
//! there before the event; what the record said is in fields. As `tracing_log::NormalizeEvent` does,
//! this puts the target, the file and the line back where they are for other events.

use tracing::Metadata;

use crate::layer::fields::Fields;
use crate::model::Value;
use crate::record::Record;
use crate::util::intern::interned;
use crate::util::CallSite;

/// What `tracing-log` calls its events.
const NAME: &str = "log event";
const TARGET: &str = "log";

const LOG_TARGET: &str = "log.target";
const LOG_MODULE: &str = "log.module_path";
const LOG_FILE: &str = "log.file";
const LOG_LINE: &str = "log.line";

/// Where a record of the `log` crate was made.
#[derive(Clone, Copy)]
pub(crate) struct LogSite {
    target: &'static str,
    call_site: Option<CallSite>,
}

impl LogSite {
    /// Takes the place of a `log` record out of the fields of its event; `None` for every other
    /// event.
    ///
    /// Where a text cannot be interned the event stays as it is: nothing of the record
    /// is lost, and a program that makes up targets gets no more memory.
    #[inline]
    pub(crate) fn take(metadata: &Metadata<'_>, fields: &mut Fields) -> Option<Self> {
        // The call sites of `tracing`'s own macros all have a file: their events pay for one test.
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

    /// The target of an event that has this site, if it has one.
    pub(crate) fn target_of<'a>(site: Option<&Self>, metadata: &'a Metadata<'_>) -> &'a str {
        site.map_or_else(|| metadata.target(), |site| site.target)
    }

    pub(crate) fn fill(self, record: &mut Record) {
        record.target = self.target;
        record.call_site = self.call_site;
    }
}
