//! The tokens of model calls.

use rusqlite::{Connection, params};
use whose::Record;

use super::id_cache::IdCache;

const INSERT_USAGE: &str = "INSERT OR FAIL INTO usages (record, model, input_tokens, output_tokens)
    VALUES (?1, ?2, ?3, ?4)";

/// Inserts the model and the tokens of a record, if the record is a model call.
pub(super) fn insert(
    connection: &Connection,
    ids: &mut IdCache,
    id: i64,
    record: &Record,
) -> rusqlite::Result<()> {
    let Some(usage) = record.model_usage() else {
        return Ok(());
    };
    let model = ids.model_id(connection, &usage)?;
    let (input, output) = (
        clamp_tokens(usage.input_tokens),
        clamp_tokens(usage.output_tokens),
    );
    connection
        .prepare_cached(INSERT_USAGE)?
        .execute(params![id, model, input, output])?;
    Ok(())
}

/// Limits a token count to `u32`, so that no sum over a file overflows. No call has more tokens.
fn clamp_tokens(count: u64) -> i64 {
    i64::from(u32::try_from(count).unwrap_or(u32::MAX))
}
