//! Parsing amounts of dollars for a million tokens.

use super::error::PriceError;

/// The most dollars for a million tokens. More is a mistake.
const MOST_DOLLARS: f64 = 1e6;
const MICROS_PER_DOLLAR: f64 = 1e6;
/// The most by which the nearest `f64` of an amount of microdollars differs from it.
const FLOAT_ERROR: f64 = 1e-3;

/// Parses dollars with at most six decimals as microdollars, without rounding.
pub(super) fn parse(text: &str) -> Result<u64, PriceError> {
    let invalid = || {
        PriceError::new(format!(
            "{text:?} is not a price in dollars with at most six decimals"
        ))
    };
    let (whole, decimals) = text.split_once('.').unwrap_or((text, ""));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    // More than seven digits of dollars for a million tokens are a mistake and would overflow.
    let fits = (1..=7).contains(&whole.len()) && decimals.len() <= 6;
    if !fits || !digits(whole) || !digits(decimals) {
        return Err(invalid());
    }
    format!("{whole}{decimals:0<6}")
        .parse()
        .map_err(|_| invalid())
}

/// Converts dollars to microdollars. Refuses an amount that is finer than a microdollar, instead of
/// rounding it.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // The range is checked.
pub(super) fn from_f64(dollars: f64) -> Result<u64, PriceError> {
    if !(0.0..=MOST_DOLLARS).contains(&dollars) {
        return Err(PriceError::new(format!(
            "{dollars} is not a price from 0 to 1000000"
        )));
    }
    let micros = dollars * MICROS_PER_DOLLAR;
    if (micros - micros.round()).abs() > FLOAT_ERROR {
        return Err(PriceError::new(format!(
            "{dollars} is not a price in dollars with at most six decimals"
        )));
    }
    Ok(micros.round() as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amount_is_exact_or_refused() {
        for (dollars, micros) in [
            (0.0, 0),
            (0.003625, 3_625),
            (0.1 + 0.2, 300_000), // Not the nearest number to 0.3.
            (999_999.999_999, 999_999_999_999),
            (1e6, 1_000_000_000_000),
        ] {
            assert_eq!(from_f64(dollars), Ok(micros), "{dollars}");
        }
        for bad in [-1.0, f64::NAN, f64::INFINITY, 2e6, 0.000_000_5, 0.036_250_5] {
            assert!(from_f64(bad).is_err(), "{bad}");
        }
        assert_eq!(parse("0.003625"), Ok(3_625));
        assert!(parse("0.0036255").is_err());
    }
}
