//! The types of records, by call site.

use rusqlite::Transaction;

use super::id_map::IdMap;
use super::names::load_names;
use super::rollup::RecordCount;
use super::rows::Counts;
use super::weight::WeightedSum;

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

    /// Counts a record of that call site, which stands for `weight` records.
    pub(super) fn count(&self, counts: &mut CountsSum, site: i64, weight: f64) {
        let count = match self.0.get(&site) {
            Some(RecordType::Span) => &mut counts.spans,
            Some(RecordType::Event) => &mut counts.events,
            Some(RecordType::Error) | None => &mut counts.errors,
        };
        count.add(weight);
        counts.is_estimated |= weight > 1.0;
    }
}

/// The weighted numbers of records of each type.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct CountsSum {
    spans: WeightedSum,
    events: WeightedSum,
    errors: WeightedSum,
    is_estimated: bool,
}

impl CountsSum {
    /// The numbers of spans, of events and of errors.
    #[allow(clippy::cast_precision_loss)] // No sum of a file reaches 2^53.
    pub(super) fn new(counts: [RecordCount; 3]) -> Self {
        let [spans, events, errors] = counts.map(|count| {
            let mut sum = WeightedSum::default();
            sum.add(count.exact as f64 + count.weighted);
            sum
        });
        Self {
            spans,
            events,
            errors,
            is_estimated: counts.iter().any(|count| count.weighted > 0.0),
        }
    }

    /// Adds other records.
    pub(super) fn add(&mut self, other: &Self) {
        self.spans.add_sum(other.spans);
        self.events.add_sum(other.events);
        self.errors.add_sum(other.errors);
        self.is_estimated |= other.is_estimated;
    }

    /// The numbers, rounded to whole records.
    pub(super) fn rounded(&self) -> Counts {
        Counts {
            spans: self.spans.rounded(),
            events: self.events.rounded(),
            errors: self.errors.rounded(),
            is_estimated: self.is_estimated,
        }
    }
}
