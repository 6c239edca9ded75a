//! Why a call has no price.

use std::fmt;

use serde::{Serialize, Serializer};

/// Why a call has no price. An unpriced call is part of no sum of costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum UnpricedReason {
    /// The table has no price for the model.
    UnknownModel,
    /// The table has no price for the service tier of the call.
    UnknownTier,
    /// The table has prices for other days only.
    UnknownDay,
    /// The vendor publishes no price for a call with that many input tokens.
    LongInput,
    /// The call has audio tokens, and the model has no price for them.
    UnknownAudioPrice,
}

impl UnpricedReason {
    /// The name of the reason in JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::UnknownModel => "unknown_model",
            Self::UnknownTier => "unknown_tier",
            Self::UnknownDay => "unknown_day",
            Self::LongInput => "long_input",
            Self::UnknownAudioPrice => "unknown_audio_price",
        }
    }
}

impl fmt::Display for UnpricedReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::UnknownModel => "no price for the model",
            Self::UnknownTier => "no price for the service tier",
            Self::UnknownDay => "no price for the day of the call",
            Self::LongInput => "no price for an input of that length",
            Self::UnknownAudioPrice => "no price for audio tokens",
        })
    }
}

impl std::error::Error for UnpricedReason {}

impl Serialize for UnpricedReason {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}
