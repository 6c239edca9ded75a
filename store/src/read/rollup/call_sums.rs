//! The sums of model calls that have the same price.

use whose::TokenCounts;

use super::owner::Owner;
use super::rolled_record::RolledRecord;
use crate::money::Usd;
use crate::prices::{Day, PriceHistory, ServiceTier};
use crate::read::call::Call;

/// The input lengths that vendors begin to bill as long input at. Calls on both sides of a length are
/// summed apart.
const LONG_INPUTS: [u64; 6] = [128_000, 200_000, 256_000, 272_000, 512_000, 1_000_000];

/// What calls of one sum have in common: everything that a price depends on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct CallKey {
    pub(crate) owner: Owner,
    /// The row id of the traits with the reason; 0 for calls of a user.
    pub(crate) traits: i64,
    /// The day of the start.
    pub(crate) day: i64,
    /// The row id of the model.
    pub(crate) model: i64,
    /// The tier; 0 if no price table knows the tier.
    pub(super) tier: u8,
    /// Which of [`LONG_INPUTS`] the input is longer than: their number.
    pub(super) length: u8,
    /// Whether the calls have no user, and an isolated scope that may be identified later.
    pub(crate) is_unowned: bool,
    /// Whether the calls have audio input, and audio output.
    pub(super) has_audio: (bool, bool),
    /// The bits of the weight.
    pub(super) weight: u64,
}

/// The sums of calls with the same key.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct CallSums {
    pub(crate) calls: u64,
    pub(crate) tokens: TokenCounts,
    /// The tokens by which the parts of the calls exceed their input and their output.
    pub(super) excess_input: u64,
    pub(super) excess_output: u64,
    /// The longest input.
    pub(super) longest: u64,
}

/// A price changes at an input length that lies between two calls of a sum, so that the sum has no
/// price. The calls have to be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Ambiguous;

const TIERS: [ServiceTier; 4] = [
    ServiceTier::Standard,
    ServiceTier::Batch,
    ServiceTier::Flex,
    ServiceTier::Priority,
];

impl CallKey {
    pub(super) fn new(record: &RolledRecord, traits: i64, is_unowned: bool, call: &Call) -> Self {
        let owner = record.owner;
        let input = call.tokens.total_input();
        let tier = TIERS
            .iter()
            .zip(1..)
            .find(|(tier, _)| call.tier == Some(**tier));
        Self {
            owner,
            traits: if owner.user().is_some() { 0 } else { traits },
            day: Day::from_unix_nanos(record.start).as_unix_days(),
            model: call.model,
            tier: tier.map_or(0, |(_, number)| number),
            length: (0..)
                .zip(LONG_INPUTS)
                .filter(|(_, from)| input > *from)
                .count() as u8,
            has_audio: (call.tokens.audio_input > 0, call.tokens.audio_output > 0),
            is_unowned,
            weight: record.weight.to_bits(),
        }
    }

    /// How many calls each call stands for.
    pub(crate) fn weight(&self) -> f64 {
        f64::from_bits(self.weight)
    }

    pub(crate) fn day(&self) -> Day {
        Day::from_unix_days(self.day)
    }

    fn service_tier(&self) -> Option<ServiceTier> {
        TIERS.get(usize::from(self.tier).checked_sub(1)?).copied()
    }

    /// The cost of the calls, each counted once; `None` if they have no price.
    pub(crate) fn cost(
        &self,
        sums: &CallSums,
        history: Option<&PriceHistory>,
    ) -> Result<Option<Usd>, Ambiguous> {
        let (Some(history), Some(tier)) = (history, self.service_tier()) else {
            return Ok(None);
        };
        let Ok(price) = history.on(tier, self.day()) else {
            return Ok(None);
        };
        let shortest = match usize::from(self.length).checked_sub(1) {
            Some(index) => LONG_INPUTS.get(index).copied().unwrap_or(u64::MAX),
            None => 0,
        };
        let is_ambiguous = price.long_input.is_some_and(|long| {
            long.threshold > shortest && long.threshold < sums.longest && sums.calls > 1
        });
        if is_ambiguous {
            return Err(Ambiguous);
        }
        let mut billed = sums.tokens;
        billed.input = billed.input.saturating_add(sums.excess_input);
        billed.output = billed.output.saturating_add(sums.excess_output);
        let rate = price.rate_for(sums.longest);
        Ok(rate.and_then(|rate| rate.cost(&billed)).ok())
    }
}

impl CallSums {
    /// The sums of one call.
    pub(crate) fn of(tokens: &TokenCounts) -> Self {
        let mut billed = *tokens;
        billed.cache_write = tokens.cache_writes();
        Self {
            calls: 1,
            tokens: billed,
            excess_input: tokens.input_parts().saturating_sub(tokens.input),
            excess_output: tokens.output_parts().saturating_sub(tokens.output),
            longest: tokens.total_input(),
        }
    }

    pub(crate) fn add(&mut self, other: &Self) {
        for (sum, number) in self.numbers_mut().into_iter().zip(other.numbers()) {
            *sum = sum.saturating_add(number);
        }
        self.longest = self.longest.max(other.longest);
    }

    /// Every sum, in the order of the encoding.
    pub(super) fn numbers(&self) -> [u64; 11] {
        let mut copy = *self;
        copy.numbers_mut().map(|number| *number)
    }

    pub(super) fn numbers_mut(&mut self) -> [&mut u64; 11] {
        let tokens = &mut self.tokens;
        [
            &mut self.calls,
            &mut tokens.input,
            &mut tokens.output,
            &mut tokens.cache_read,
            &mut tokens.cache_write,
            &mut tokens.cache_write_1h,
            &mut tokens.reasoning,
            &mut tokens.audio_input,
            &mut tokens.audio_output,
            &mut self.excess_input,
            &mut self.excess_output,
        ]
    }
}
