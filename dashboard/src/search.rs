//! What a search has found as a table.

use whose_store::RecordRow;

use crate::report::{MESSAGE, what};
use crate::table::Report;
use crate::text::{counted, cut, or_none, shown, time};

/// The first `limit` of the records that were found.
pub(crate) fn search(words: &str, found: &[RecordRow], limit: usize) -> Report {
    let records = &found[..found.len().min(limit)];
    let words = shown(&cut(words, MESSAGE)).into_owned();
    if records.is_empty() {
        return Report::new().note(format!("no record says {words}"));
    }
    let user = |record: &RecordRow| or_none(record.user.as_deref());
    let session = |record: &RecordRow| or_none(record.session.as_deref());
    let report = Report::new()
        .texts("time", records.iter().map(|record| time(record.time)))
        .texts(
            "type",
            records.iter().map(|record| record.record_type.clone()),
        )
        .texts("level", records.iter().map(|record| record.level.clone()))
        .texts("what", records.iter().map(what))
        .texts("user", records.iter().map(user))
        .texts("session", records.iter().map(session))
        .unless_empty()
        .texts("fields", records.iter().map(fields))
        .unless_empty();
    let count = counted(records.len() as u64, "record");
    let says = if records.len() == 1 { "says" } else { "say" };
    match records.last() {
        Some(last) if found.len() > limit => report.note(format!(
            "the newest {count} that {says} {words}; older ones: --before {}",
            last.id
        )),
        _ => report.note(format!("{count} that {says} {words}")),
    }
}

/// The fields that are texts, which may be what was found.
fn fields(record: &RecordRow) -> String {
    let texts = record.fields.iter();
    let texts = texts.filter_map(|(name, value)| Some(format!("{name}: {}", value.as_str()?)));
    let texts: Vec<_> = texts.collect();
    if texts.is_empty() {
        return or_none(None);
    }
    shown(&cut(&texts.join(", "), MESSAGE)).into_owned()
}
