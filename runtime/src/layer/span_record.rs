//! The record of an open span, which a later span of the thread uses again.

use std::ops::Deref;
use std::sync::Arc;

use tracing::Metadata;

use crate::model::Attribution;
use crate::record::pool::{emptied, pooled};
use crate::record::{clear, is_shared, Record, RecordHeader, RecordType, SpanContext};

/// The record of a span. Nothing else holds the record before it is delivered.
///
/// Without a receiver, most spans write the call site, the kind and the attribution only, which the next span
/// overwrites. To clear the other parts would cost as much as to write these.
#[derive(Debug)]
pub(crate) struct SpanRecord {
    record: Arc<Record>,
    /// Whether another part may have been written, with the time and the place of the header, or something
    /// else may hold the record.
    is_used: bool,
}

impl SpanRecord {
    pub(crate) fn new() -> Self {
        Self {
            record: pooled(),
            is_used: true,
        }
    }

    /// Starts the record of a span that starts at that time, in nanoseconds since 1970. The caller must
    /// write the kind and the attribution.
    #[inline]
    pub(crate) fn start(
        &mut self,
        metadata: &'static Metadata<'static>,
        start: u64,
        place: SpanContext,
    ) -> &mut Record {
        let record = self.emptied();
        record.set_header(RecordHeader {
            record_type: RecordType::Span,
            metadata,
            start,
            place,
        });
        record
    }

    /// Starts the record of a span without a time and a place. The caller must write the kind and the
    /// attribution, and nothing else unless `is_used`.
    #[inline]
    pub(crate) fn start_unplaced(
        &mut self,
        metadata: &'static Metadata<'static>,
        is_used: bool,
    ) -> &mut Record {
        if self.is_used {
            self.start(metadata, 0, SpanContext::default());
        }
        self.is_used = is_used;
        let record = Arc::make_mut(&mut self.record);
        record.set_call_site(metadata);
        record
    }

    /// Empties the record. The header and the attribution stay.
    #[inline]
    pub(crate) fn emptied(&mut self) -> &mut Record {
        self.is_used = true;
        emptied(&mut self.record)
    }

    /// The record, to change any part. No one else holds the record, so this copies nothing.
    #[inline]
    pub(crate) fn get_mut(&mut self) -> &mut Record {
        Arc::make_mut(self.shared())
    }

    pub(crate) fn attribution_mut(&mut self) -> &mut Attribution {
        &mut Arc::make_mut(&mut self.record).attribution
    }

    /// Sets the duration in nanoseconds, without a proof of exclusive access.
    #[inline]
    pub(crate) fn set_duration(&mut self, nanos: u64) {
        self.is_used = true;
        self.record.duration.set(nanos);
    }

    /// The record, to be delivered.
    #[inline]
    pub(crate) fn shared(&mut self) -> &mut Arc<Record> {
        self.is_used = true;
        &mut self.record
    }

    /// Releases large contents. Takes another record where a sink keeps this one.
    #[inline]
    pub(crate) fn release(&mut self) {
        if self.is_used {
            match is_shared(&self.record) {
                true => self.record = pooled(),
                false => clear(&mut self.record),
            }
        } else if !self.record.attribution.has_only_ids() {
            *self.attribution_mut() = Attribution::default();
        }
    }
}

impl Deref for SpanRecord {
    type Target = Record;

    #[inline]
    fn deref(&self) -> &Record {
        &self.record
    }
}

#[cfg(test)]
mod tests {
    use std::time::SystemTime;

    use tracing::callsite::{Callsite, Identifier};
    use tracing::field::FieldSet;
    use tracing::metadata::Kind;
    use tracing::subscriber::Interest;
    use tracing::Level;

    use super::*;
    use crate::model::{SpanId, TraceId};

    struct Site;

    static SITE: Site = Site;
    static METADATA: Metadata<'static> = Metadata::new(
        "span",
        "whose",
        Level::INFO,
        None,
        None,
        None,
        FieldSet::new(&[], Identifier(&SITE)),
        Kind::SPAN,
    );

    impl Callsite for Site {
        fn set_interest(&self, _: Interest) {}

        fn metadata(&self) -> &Metadata<'_> {
            &METADATA
        }
    }

    fn assert_is_empty(record: &Record) {
        assert!(record.fields.is_empty() && record.usage_inside.is_empty());
        assert!(record.duration.get().is_none() && record.message.get().is_none());
        assert_eq!(
            (record.trace_id, record.span_id, record.parent_id),
            (None, None, None)
        );
        assert_eq!(record.start, SystemTime::UNIX_EPOCH);
    }

    /// Data of one user must not be in the record of the next one.
    #[test]
    fn next_record_is_empty_after_any_use() {
        let mut record = SpanRecord::new();
        let uses: [fn(&mut SpanRecord); 4] = [
            |record| record.get_mut().fields.push(("card", "4711".into())),
            |record| record.get_mut().message.set("secret"),
            |record| record.set_duration(7),
            |record| {
                let trace_id = Some(TraceId::new(1));
                let span_id = Some(SpanId::new());
                record.start(&METADATA, 7, SpanContext { trace_id, span_id });
            },
        ];
        for write in uses {
            record.start_unplaced(&METADATA, false);
            write(&mut record);
            record.release();
            assert_is_empty(record.start_unplaced(&METADATA, false));
        }
    }

    #[test]
    fn record_that_a_sink_keeps_is_not_used_again() {
        let mut record = SpanRecord::new();
        record.start_unplaced(&METADATA, false);
        let kept = record.shared().clone();
        record.release();
        record
            .start_unplaced(&METADATA, true)
            .fields
            .push(("a", 1.into()));
        assert!(kept.fields.is_empty());
    }
}
