//! The types of records, by call site.

use rusqlite::Transaction;

use super::id_map::IdMap;
use super::names::load_names;
use super::rows::Counts;

/// Counts records by the type of their call site.
pub(super) struct RecordTypes(IdMap<RecordType>);

#[derive(Clone, Copy)]
enum RecordType {
    Span,
    Event,
    Error,
}

impl RecordTypes {
    pub(super) fn load(tx: &Transaction<'_>) -> rusqlite::Result<Self> {
        let types = load_names(tx, "SELECT id, type FROM sites")?;
        let types = types.into_iter().map(|(site, name)| {
            let record_type = match name.as_str() {
                "span" => RecordType::Span,
                "event" => RecordType::Event,
                _ => RecordType::Error,
            };
            (site, record_type)
        });
        Ok(Self(types.collect()))
    }

    pub(super) fn count(&self, counts: &mut Counts, site: i64) {
        match self.0.get(&site) {
            Some(RecordType::Span) => counts.spans += 1,
            Some(RecordType::Event) => counts.events += 1,
            Some(RecordType::Error) | None => counts.errors += 1,
        }
    }
}
