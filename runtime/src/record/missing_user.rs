use std::fmt;

use crate::model::UnattributedReason;
use crate::record::record::Record;
use crate::record::types::RecordType;

/// Describes a record without a user, and counts the others.
pub(crate) struct MissingUser<'a> {
    pub(crate) record: &'a Record,
    pub(crate) reason: UnattributedReason,
    pub(crate) others: usize,
}

impl fmt::Display for MissingUser<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let record = self.record;
        write!(
            f,
            "a record without a user: {} ",
            record.record_type.as_str()
        )?;
        match record.record_type {
            RecordType::Span | RecordType::Link => write!(f, "`{}` ", record.name())?,
            RecordType::Event | RecordType::Error => {
                if let Some(message) = record.message() {
                    write!(f, "{message:?} ")?;
                }
            }
        }
        write!(f, "at {}: {}", record.origin(), self.reason.advice())?;
        match self.others {
            0 => Ok(()),
            others => write!(f, " ({others} more after it)"),
        }
    }
}
