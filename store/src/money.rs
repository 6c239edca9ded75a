use std::fmt;
use std::iter::Sum;
use std::ops::{Add, AddAssign, Sub};

use serde::{Serialize, Serializer};

/// An exact amount of US dollars, in units of 10^-12 dollars (picodollars).
///
/// A price in microdollars per million tokens is the same number of picodollars per token, so sums
/// over millions of calls have no rounding error.
///
/// `Display` prints all decimals, at least two. JSON has a number.
///
/// ```
/// use whose_store::Usd;
///
/// let cost = Usd::from_picos(150_000) + Usd::from_picos(120_000_000);
/// assert_eq!(cost.to_string(), "$0.00012015");
/// assert_eq!(Usd::from_picos(2_000_000_000_000).to_string(), "$2.00");
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Usd(i128);

const PICOS_PER_DOLLAR: i128 = 1_000_000_000_000;
const MAX_DECIMALS: usize = 12;

impl Usd {
    /// An amount in picodollars (`$10^-12`).
    #[must_use]
    pub const fn from_picos(pico: i128) -> Self {
        Self(pico)
    }

    /// The amount in picodollars.
    #[must_use]
    pub const fn as_picos(self) -> i128 {
        self.0
    }

    /// The amount of as many calls as `weight` states. Exact for a weight of 1.
    #[allow(clippy::cast_precision_loss, clippy::cast_possible_truncation)] // An estimate.
    pub(crate) fn times(self, weight: f64) -> Self {
        match weight > 1.0 {
            true => Self((self.0 as f64 * weight).round() as i128),
            false => self,
        }
    }

    /// The amount in dollars, rounded to the precision of a float.
    ///
    /// Use it for charts. Sums of floats have rounding errors.
    #[must_use]
    #[allow(clippy::cast_precision_loss)] // The method returns a float.
    pub fn as_f64(self) -> f64 {
        self.0 as f64 / PICOS_PER_DOLLAR as f64
    }

    /// The number of decimals that the amount needs, at least two.
    #[must_use]
    pub fn decimals(self) -> usize {
        let digits = format!("{:012}", (self.0 % PICOS_PER_DOLLAR).unsigned_abs());
        digits.trim_end_matches('0').len().max(2)
    }

    /// Formats the amount with that many decimals. Use it to align the amounts of a column.
    ///
    /// ```
    /// assert_eq!(whose_store::Usd::from_picos(150_000_000_000).with_decimals(4), "$0.1500");
    /// ```
    #[must_use]
    pub fn with_decimals(self, decimals: usize) -> String {
        let sign = if self.0 < 0 { "-" } else { "" };
        let digits = format!("{:012}", (self.0 % PICOS_PER_DOLLAR).unsigned_abs());
        let kept = &digits[..decimals.min(MAX_DECIMALS)];
        format!(
            "{sign}${}.{kept}",
            (self.0 / PICOS_PER_DOLLAR).unsigned_abs()
        )
    }
}

impl fmt::Display for Usd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.with_decimals(self.decimals()))
    }
}

impl Add for Usd {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl Sub for Usd {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }
}

impl AddAssign for Usd {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl Sum for Usd {
    fn sum<I: Iterator<Item = Self>>(amounts: I) -> Self {
        amounts.fold(Self::default(), Add::add)
    }
}

impl Serialize for Usd {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_f64(self.as_f64())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amount_prints_all_decimals_and_at_least_two() {
        for (pico, text) in [
            (0, "$0.00"),
            (1, "$0.000000000001"),
            (75, "$0.000000000075"),
            (500_000_000_000, "$0.50"),
            (12_345_600_000_000, "$12.3456"),
            (-1_500_000_000_000, "-$1.50"),
        ] {
            assert_eq!(Usd::from_picos(pico).to_string(), text);
        }
    }

    #[test]
    fn ten_million_amounts_sum_exactly() {
        let sum: Usd = std::iter::repeat_n(Usd::from_picos(75), 10_000_000).sum();
        assert_eq!(sum.to_string(), "$0.00075");
    }
}
