//! The time range that the records of a trace are searched in.

use whose_store::{Query, RecordRow, Timestamp};

use crate::record_text::end_of;
use crate::url_query::UrlQuery;

const SECOND: i64 = 1_000_000_000;
/// How long before a record a trace can have begun whose id does not tell, and how long after the end
/// of a record what is inside can begin.
const MARGIN: i64 = 60 * SECOND;
/// The longest time between the begin of a trace that its id tells, and a record.
const LONGEST: i64 = 86_400 * SECOND;

/// The range that contains the trace of the record, from its begin to `after` the end of the record.
///
/// No index finds the records of a trace, so a narrow range keeps the query quick.
fn range(record: &RecordRow, after: i64) -> Query {
    let time = record.time.as_nanos();
    let begin = record.trace_id.as_deref().and_then(begin_of);
    let is_known = |begin: &i64| (time.saturating_sub(LONGEST)..=time).contains(begin);
    let begin = begin
        .filter(is_known)
        .unwrap_or(time.saturating_sub(MARGIN));
    let until = end_of(record).saturating_add(after);
    Query::new()
        .since(Timestamp::from_nanos(begin.saturating_sub(SECOND)))
        .until(Timestamp::from_nanos(until))
}

/// The range that contains the span around the record, and what is inside the record.
pub(in crate::pages) fn around_record(record: &RecordRow) -> Query {
    range(record, MARGIN)
}

/// The range that the whole trace of the record is searched in: until ten minutes after the record.
pub(super) fn around_trace(record: &RecordRow) -> Query {
    range(record, 10 * MARGIN)
}

/// The URL of the trace of the record; `None` if the record has no trace.
pub(in crate::pages) fn trace_href(record: &RecordRow) -> Option<String> {
    let trace_id = record.trace_id.as_deref()?;
    let query = UrlQuery::default().with("id", trace_id);
    Some(query.with("near", record.id.to_string()).href("/trace"))
}

/// The time in a trace id of `whose`, whose first 48 bits are milliseconds since 1970. The id of
/// another tool gives any time.
fn begin_of(trace_id: &str) -> Option<i64> {
    let millis = i64::from_str_radix(trace_id.get(..12)?, 16).ok()?;
    millis.checked_mul(1_000_000)
}
