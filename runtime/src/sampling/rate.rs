//! A rate, and the decision for a trace.

use std::hash::Hasher;
use std::panic::Location;

use siphasher::sip::SipHasher13;

use crate::diagnostics::Warning;
use crate::model::TraceId;

const INVALID_RATE: Warning = Warning::warn("invalid rate");

/// The share of records that are kept, from 0 to 1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Rate(f64);

impl Rate {
    pub(super) const ALL: Self = Self(1.0);

    /// A rate outside 0 to 1 becomes the nearest rate, and no number becomes 1: to lose records
    /// because of a mistake is worse than to keep too many.
    #[track_caller]
    pub(super) fn new(rate: f64) -> Self {
        let kept = match rate.is_nan() {
            true => 1.0,
            false => rate.clamp(0.0, 1.0),
        };
        if kept.to_bits() != rate.to_bits() && !(kept == 0.0 && rate == 0.0) {
            INVALID_RATE.emit_once(Location::caller(), |origin| {
                format!(
                    "the sampling rate {rate} given at {origin} is not from 0 to 1: {kept} is used"
                )
            });
        }
        Self(kept)
    }

    /// Whether the rate keeps a record of that trace. A record without a trace is kept at random.
    ///
    /// The decision depends on the id of the trace alone, so every process decides the same, and a
    /// trace that a low rate keeps is kept by every higher rate. The hash is independent of the
    /// bits that the samplers of OpenTelemetry compare: where one of them chose the traces, its
    /// weight and this one multiply.
    pub(super) fn keeps(self, trace: Option<TraceId>) -> bool {
        self.0 >= 1.0 || position(trace) < self.0
    }

    /// How many records a kept record stands for.
    pub(super) fn weight(self) -> f64 {
        match self.0 > 0.0 {
            true => 1.0 / self.0,
            false => 1.0,
        }
    }
}

/// The position of a trace, at least 0 and less than 1.
fn position(trace: Option<TraceId>) -> f64 {
    /// The number of values that an `f64` below 1 tells apart.
    const STEPS: u64 = 1 << 53;
    let Some(trace) = trace else {
        return fastrand::f64();
    };
    // The keys are part of the decision, and never change.
    let mut hasher = SipHasher13::new_with_keys(0x7768_6f73_655f_7361, 0x6d70_6c65_725f_7631);
    hasher.write(&trace.to_bytes());
    #[allow(clippy::cast_precision_loss)] // Both numbers are exact: they have 53 bits.
    let position = (hasher.finish() >> 11) as f64 / STEPS as f64;
    position
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trace(number: u128) -> Option<TraceId> {
        Some(TraceId::from_bytes(number.to_be_bytes()))
    }

    #[test]
    fn position_of_trace_is_the_same_in_every_release() {
        let positions = [1, 2, 0x0123_4567_89ab_cdef_0123_4567_89ab_cdef]
            .map(|number| (position(trace(number)) * 1e6) as u64);
        assert_eq!(positions, [700_087, 962_696, 568_576]);
    }

    #[test]
    fn trace_that_a_low_rate_keeps_is_kept_by_every_higher_rate() {
        for number in 0..10_000 {
            let kept = [0.01, 0.1, 0.5, 1.0].map(|rate| Rate::new(rate).keeps(trace(number)));
            assert!(kept.is_sorted(), "{number} {kept:?}");
        }
    }

    #[test]
    fn rate_keeps_its_share_of_consecutive_traces() {
        for rate in [0.0, 0.01, 0.1, 0.5, 0.9, 1.0] {
            let traces = 100_000;
            let kept = (0..traces).filter(|number| Rate::new(rate).keeps(trace(*number)));
            let share = kept.count() as f64 / traces as f64;
            // Six standard deviations of a fair draw.
            let bound = 6.0 * (rate * (1.0 - rate) / traces as f64).sqrt();
            assert!((share - rate).abs() <= bound, "{rate}: {share}");
        }
    }

    #[test]
    fn rate_outside_its_range_becomes_the_nearest() {
        for (given, used) in [
            (-1.0, 0.0),
            (2.0, 1.0),
            (f64::INFINITY, 1.0),
            (f64::NAN, 1.0),
        ] {
            assert_eq!(Rate::new(given), Rate(used), "{given}");
        }
        assert_eq!(Rate::new(-0.0).weight(), 1.0);
    }
}
