//! The prices of the kinds of tokens.

use super::unpriced::UnpricedReason;
use crate::money::Usd;
use whose::TokenCounts;

/// The price of one token of each kind, in picodollars. The same number in microdollars is the
/// price of a million tokens.
///
/// A kind of input or output without a price of its own costs what the other tokens cost, and is
/// never free. Audio is the exception: it can cost 66 times what text costs, so a call with audio
/// tokens is unpriced where the table has no price for them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Rate {
    /// The price of an input token that is part of no other kind.
    pub input: u64,
    /// The price of an output token that is part of no other kind.
    pub output: u64,
    /// The price of a token that is read from a cache; `input` if `None`.
    pub cache_read: Option<u64>,
    /// The price of a token that is written to a cache; `input` if `None`.
    pub cache_write: Option<u64>,
    /// The price of a token that is written to a cache for an hour; `cache_write` if `None`.
    pub cache_write_1h: Option<u64>,
    /// The price of a reasoning token; `output` if `None`.
    pub reasoning: Option<u64>,
    /// The price of an input token of audio.
    pub audio_input: Option<u64>,
    /// The price of an output token of audio.
    pub audio_output: Option<u64>,
}

impl Rate {
    /// The cost of a call.
    ///
    /// Each part is billed at its own price, and the rest of the total at the price of input or
    /// output. Where the parts exceed their total, the parts are billed and the rest is zero, so
    /// that no token has a negative cost and none is billed twice.
    ///
    /// # Errors
    /// [`UnpricedReason::UnknownAudioPrice`] if the call has audio tokens without a price.
    pub fn cost(&self, tokens: &TokenCounts) -> Result<Usd, UnpricedReason> {
        let cache_write = self.cache_write.unwrap_or(self.input);
        let cache_write_1h = self.cache_write_1h.unwrap_or(cache_write);
        let input = tokens.input.saturating_sub(tokens.input_parts());
        let output = tokens.output.saturating_sub(tokens.output_parts());
        let writes = tokens.cache_writes();
        Ok(Usd::from_picos(
            of(input, self.input)
                + of(tokens.cache_read, self.cache_read.unwrap_or(self.input))
                + of(writes - tokens.cache_write_1h, cache_write)
                + of(tokens.cache_write_1h, cache_write_1h)
                + audio(tokens.audio_input, self.audio_input)?
                + of(output, self.output)
                + of(tokens.reasoning, self.reasoning.unwrap_or(self.output))
                + audio(tokens.audio_output, self.audio_output)?,
        ))
    }
}

fn of(tokens: u64, picos: u64) -> i128 {
    i128::from(tokens) * i128::from(picos)
}

fn audio(tokens: u64, picos: Option<u64>) -> Result<i128, UnpricedReason> {
    match picos {
        Some(picos) => Ok(of(tokens, picos)),
        None if tokens == 0 => Ok(0),
        None => Err(UnpricedReason::UnknownAudioPrice),
    }
}
