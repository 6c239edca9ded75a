//! The tokens of model calls.

use rusqlite::{Connection, params};
use whose::Record;

use super::id_cache::IdCache;

const INSERT_USAGE: &str = "INSERT OR FAIL INTO usages (record, model, input_tokens, output_tokens,
      cache_read_tokens, cache_write_tokens, cache_write_1h_tokens, reasoning_tokens,
      audio_input_tokens, audio_output_tokens, tier, agent, tool)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)";

/// Inserts the model, the tokens, the agent and the tool of a record, if the record is a model call.
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
    let tokens = usage.tokens;
    connection.prepare_cached(INSERT_USAGE)?.execute(params![
        id,
        model,
        clamp_tokens(tokens.input),
        clamp_tokens(tokens.output),
        clamp_tokens(tokens.cache_read),
        clamp_tokens(tokens.cache_writes()),
        clamp_tokens(tokens.cache_write_1h),
        clamp_tokens(tokens.reasoning),
        clamp_tokens(tokens.audio_input),
        clamp_tokens(tokens.audio_output),
        usage.service_tier.unwrap_or_default(),
        usage.agent.unwrap_or_default(),
        usage.tool.unwrap_or_default(),
    ])?;
    Ok(())
}

/// Limits a token count to `u32`, so that no sum over a file overflows. No call has more tokens.
fn clamp_tokens(count: u64) -> i64 {
    i64::from(u32::try_from(count).unwrap_or(u32::MAX))
}
