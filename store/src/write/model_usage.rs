//! The tokens of model calls.

use rusqlite::{Connection, params};
use whose::{Record, TokenCounts};

use super::id_cache::IdCache;
use crate::read::{Call, tier_of};

const INSERT_USAGE: &str = "INSERT OR FAIL INTO usages (record, model, input_tokens, output_tokens,
      cache_read_tokens, cache_write_tokens, cache_write_1h_tokens, reasoning_tokens,
      audio_input_tokens, audio_output_tokens, tier, agent, tool)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)";

/// Inserts the model, the tokens, the agent and the tool of a record, if the record is a model call, which is returned.
pub(super) fn insert(
    connection: &Connection,
    ids: &mut IdCache,
    id: i64,
    record: &Record,
) -> rusqlite::Result<Option<Call>> {
    let Some(usage) = record.model_usage() else {
        return Ok(None);
    };
    let model = ids.model_id(connection, &usage)?;
    let tokens = clamp_tokens(&usage.tokens);
    let tier = usage.service_tier.unwrap_or_default();
    connection.prepare_cached(INSERT_USAGE)?.execute(params![
        id,
        model,
        tokens.input.cast_signed(),
        tokens.output.cast_signed(),
        tokens.cache_read.cast_signed(),
        tokens.cache_write.cast_signed(),
        tokens.cache_write_1h.cast_signed(),
        tokens.reasoning.cast_signed(),
        tokens.audio_input.cast_signed(),
        tokens.audio_output.cast_signed(),
        tier,
        usage.agent.unwrap_or_default(),
        usage.tool.unwrap_or_default(),
    ])?;
    Ok(Some(Call {
        model,
        tokens,
        tier: tier_of(tier),
    }))
}

/// Limits token counts to `u32`, so that no sum over a file overflows. No call has more tokens.
fn clamp_tokens(tokens: &TokenCounts) -> TokenCounts {
    let clamp = |count: u64| count.min(u64::from(u32::MAX));
    TokenCounts::new(clamp(tokens.input), clamp(tokens.output))
        .cache_read(clamp(tokens.cache_read))
        .cache_write(clamp(tokens.cache_writes()))
        .cache_write_1h(clamp(tokens.cache_write_1h))
        .reasoning(clamp(tokens.reasoning))
        .audio_input(clamp(tokens.audio_input))
        .audio_output(clamp(tokens.audio_output))
}
