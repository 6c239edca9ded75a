//! The share of records or of money that has a user.

use super::percent::{MAX, Percent, format_millionths};

/// A part of a whole that is not zero.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ratio {
    part: u128,
    whole: u128,
}

impl Ratio {
    /// `None` if the whole is zero: nothing has no share.
    pub(crate) fn new(part: u128, whole: u128) -> Option<Self> {
        (whole > 0).then_some(Self {
            part: part.min(whole),
            whole,
        })
    }

    /// Whether the share is at least `percent`. The comparison is exact.
    pub(crate) fn is_at_least(self, percent: Percent) -> bool {
        let required = self.whole.saturating_mul(percent.millionths().into());
        self.part.saturating_mul(MAX.into()) >= required
    }

    /// The share in per cent, rounded down, so that a share below `required` never looks equal.
    pub(crate) fn format(self, required: Option<Percent>) -> String {
        let millionths = self.part.saturating_mul(MAX.into()) / self.whole;
        let millionths = u32::try_from(millionths).unwrap_or(MAX);
        let decimals = match millionths % 1_000_000 {
            0 if self.part.saturating_mul(MAX.into()) % self.whole == 0 => 0,
            _ => required.map_or(0, Percent::decimals).max(2),
        };
        format_millionths(millionths, decimals)
    }

    /// The share in per cent, for a chart.
    #[allow(clippy::cast_precision_loss)] // The method returns a float.
    pub(crate) fn as_percent(self) -> f64 {
        self.part as f64 * 100.0 / self.whole as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at_least(part: u128, whole: u128, percent: &str) -> bool {
        Ratio::new(part, whole)
            .unwrap()
            .is_at_least(percent.parse().unwrap())
    }

    #[test]
    fn comparison_at_threshold_is_exact() {
        assert!(at_least(981, 1_000, "98.1"));
        assert!(!at_least(980, 1_000, "98.1"));
        assert!(at_least(10_u128.pow(30), 10_u128.pow(30), "100"));
        assert!(!at_least(10_u128.pow(30) - 1, 10_u128.pow(30), "100"));
        assert!(Ratio::new(0, 0).is_none());
    }

    #[test]
    fn share_below_threshold_never_prints_as_threshold() {
        let format = |part, whole, percent: &str| {
            let required = Some(percent.parse().unwrap());
            Ratio::new(part, whole).unwrap().format(required)
        };
        assert_eq!(format(6, 7, "98"), "85.71%");
        assert_eq!(format(979_999, 1_000_000, "98"), "97.99%");
        assert_eq!(format(98_004_999, 100_000_000, "98.005"), "98.004%");
        assert_eq!(format(98, 100, "98"), "98%");
        assert_eq!(format(1, 1, "98"), "100%");
        assert_eq!(format(0, 3, "98"), "0%");
        assert_eq!(format(1, 1_000_000, "98"), "0.00%");
    }
}
