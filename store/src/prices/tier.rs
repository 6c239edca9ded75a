//! The service tiers that vendors price apart.

use std::fmt;
use std::str::FromStr;

use serde::{Serialize, Serializer};

use super::error::PriceError;

/// The service tier of a model call. Vendors publish prices for each tier.
///
/// Use the tier that the *response* names: a request for a tier can be downgraded, and is billed
/// then at the tier that served it.
///
/// ```
/// use whose_store::ServiceTier;
///
/// assert_eq!("default".parse(), Ok(ServiceTier::Standard));
/// assert_eq!("fast".parse(), Ok(ServiceTier::Priority));
/// assert!("auto".parse::<ServiceTier>().is_err());
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum ServiceTier {
    /// The list price. OpenAI names it `default`.
    #[default]
    Standard,
    /// A batch that is answered within a day.
    Batch,
    /// Slower answers at a lower price.
    Flex,
    /// Faster answers at a higher price. OpenAI renamed it to `fast` on 2026-07-30 and accepts
    /// both names.
    Priority,
}

impl ServiceTier {
    const NAMES: [(&str, Self); 6] = [
        ("standard", Self::Standard),
        ("default", Self::Standard),
        ("batch", Self::Batch),
        ("flex", Self::Flex),
        ("priority", Self::Priority),
        ("fast", Self::Priority),
    ];

    /// The name of the tier in a price table.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Standard => "standard",
            Self::Batch => "batch",
            Self::Flex => "flex",
            Self::Priority => "priority",
        }
    }
}

impl FromStr for ServiceTier {
    type Err = PriceError;

    /// Parses the name of a tier, in any case.
    ///
    /// # Errors
    /// If the name is none of `standard`, `default`, `batch`, `flex`, `priority` and `fast`. Treat
    /// a call with such a tier as unpriced. `auto` is a setting of requests, and no tier.
    fn from_str(text: &str) -> Result<Self, PriceError> {
        let mut names = Self::NAMES.iter();
        names
            .find(|(name, _)| text.eq_ignore_ascii_case(name))
            .map(|(_, tier)| *tier)
            .ok_or_else(|| {
                PriceError::new(format!(
                    "{text:?} is not a service tier: standard, batch, flex or priority"
                ))
            })
    }
}

impl fmt::Display for ServiceTier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl Serialize for ServiceTier {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}
