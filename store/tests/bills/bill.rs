//! One bill.

use whose_store::{ServiceTier, TokenCounts, UnpricedReason};

/// A call and what it cost.
#[derive(Clone, Debug)]
pub(crate) struct Bill {
    pub(crate) provider: &'static str,
    pub(crate) model: &'static str,
    pub(crate) tier: ServiceTier,
    pub(crate) day: &'static str,
    /// As the provider's API reports them.
    pub(crate) tokens: TokenCounts,
    /// In picodollars.
    pub(crate) expected: Result<i128, UnpricedReason>,
    pub(crate) source: &'static str,
}

/// A standard call on 2026-11-29.
pub(crate) fn bill(provider: &'static str, model: &'static str, tokens: TokenCounts) -> Bill {
    Bill {
        provider,
        model,
        tier: ServiceTier::Standard,
        day: "2026-11-29",
        tokens,
        expected: Ok(0),
        source: "",
    }
}

impl Bill {
    pub(crate) fn tier(self, tier: ServiceTier) -> Self {
        Self { tier, ..self }
    }

    pub(crate) fn on(self, day: &'static str) -> Self {
        Self { day, ..self }
    }

    pub(crate) fn costs(self, picos: i128) -> Self {
        let expected = Ok(picos);
        Self { expected, ..self }
    }

    pub(crate) fn unpriced(self, reason: UnpricedReason) -> Self {
        let expected = Err(reason);
        Self { expected, ..self }
    }

    pub(crate) fn source(self, source: &'static str) -> Self {
        Self { source, ..self }
    }
}
