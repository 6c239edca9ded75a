//! The columns of records in a CSV file.

use whose_store::RecordRow;

use super::badges::record_href;
use super::table::Table;
use super::value::Value;
use crate::record_text::summary;
use crate::url_query::href;

/// A table of records.
pub(in crate::pages) fn record_table() -> Table<RecordRow> {
    let link = |text: &Option<String>, path| match text {
        Some(id) => Value::Link {
            text: id.clone(),
            href: href(path, "id", id),
        },
        None => Value::Missing,
    };
    Table::new("Records")
        .column("record", |record: &RecordRow| Value::Link {
            text: record.id.to_string(),
            href: record_href(record.id),
        })
        .column("time", |record| Value::Time(record.time))
        .column("class", |record| Value::Text(record.class().to_string()))
        .column("type", |record| Value::Text(record.record_type.clone()))
        .column("level", |record| Value::Text(record.level.clone()))
        .column("kind", |record| Value::text(record.kind.as_deref()))
        .column("what", |record| Value::Text(summary(record)))
        .column("failed", |record| {
            Value::Text(if record.failed { "yes" } else { "no" }.to_owned())
        })
        .column("took_ns", |record| {
            record.duration_ns.map_or(Value::Missing, Value::Duration)
        })
        .column("user", move |record| link(&record.user, "/person"))
        .column("user from", |record| {
            Value::text(record.user_source.as_deref())
        })
        .column("no user because", |record| {
            Value::text(record.unattributed.as_deref())
        })
        .column("actor", |record| Value::text(record.actor.as_deref()))
        .column("session", move |record| link(&record.session, "/session"))
        .column("conversation", |record| {
            Value::text(record.conversation.as_deref())
        })
        .column("trace", |record| Value::text(record.trace_id.as_deref()))
        .column("span", |record| Value::text(record.span_id.as_deref()))
        .column("model", |record| Value::text(record.model.as_deref()))
        .column("input tokens", |record| {
            record.input_tokens.map_or(Value::Missing, Value::number)
        })
        .column("output tokens", |record| {
            record.output_tokens.map_or(Value::Missing, Value::number)
        })
        .column("cost", |record| {
            record
                .cost_usd
                .map_or(Value::Missing, |amount| Value::Amount {
                    amount,
                    is_estimated: false,
                })
        })
}
