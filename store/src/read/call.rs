//! One model call of a file.

use rusqlite::Row;
use rusqlite::types::ValueRef;
use whose::TokenCounts;

use super::clamp_tokens::clamp_tokens;
use crate::prices::ServiceTier;

/// The columns of a [`Call`], of the table `usages` with the alias `g`.
pub(super) const COLUMNS: &str = "g.model, g.input_tokens, g.output_tokens, g.cache_read_tokens,
    g.cache_write_tokens, g.cache_write_1h_tokens, g.reasoning_tokens, g.audio_input_tokens,
    g.audio_output_tokens, g.tier";
/// As many empty columns.
pub(super) const NO_COLUMNS: &str = "NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL";

/// A model call.
pub(crate) struct Call {
    /// The row id of the model.
    pub(crate) model: i64,
    pub(crate) tokens: TokenCounts,
    /// `None` if the tier has no name that a price table knows: such a call has no price.
    pub(crate) tier: Option<ServiceTier>,
}

impl Call {
    /// Reads [`COLUMNS`] from the column `first` on; `None` if the record is no call.
    pub(super) fn read(row: &Row<'_>, first: usize) -> rusqlite::Result<Option<Self>> {
        let Some(model) = row.get(first)? else {
            return Ok(None);
        };
        let count = |column: usize| match row.get_ref(first + column)? {
            ValueRef::Integer(count) => Ok(clamp_tokens(count)),
            _ => Ok::<_, rusqlite::Error>(0),
        };
        let tokens = TokenCounts::new(count(1)?, count(2)?)
            .cache_read(count(3)?)
            .cache_write(count(4)?)
            .cache_write_1h(count(5)?)
            .reasoning(count(6)?)
            .audio_input(count(7)?)
            .audio_output(count(8)?);
        let tier = match row.get_ref(first + 9)? {
            ValueRef::Text(tier) => tier_of(std::str::from_utf8(tier).unwrap_or_default()),
            _ => Some(ServiceTier::Standard),
        };
        Ok(Some(Self {
            model,
            tokens,
            tier,
        }))
    }
}

/// The tier of a call that reported `tier`. A call without a tier was billed at the list price.
pub(crate) fn tier_of(tier: &str) -> Option<ServiceTier> {
    match tier {
        "" => Some(ServiceTier::Standard),
        tier => tier.parse().ok(),
    }
}
