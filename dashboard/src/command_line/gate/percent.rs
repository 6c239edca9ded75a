//! A percentage on the command line.

use std::fmt;
use std::str::FromStr;

/// A percentage from 0 to 100, exact to six decimals.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Percent(u32);

/// The decimals of a percentage.
pub(super) const DECIMALS: usize = 6;
/// 100 %.
pub(super) const MAX: u32 = 100_000_000;

impl Percent {
    /// The percentage in millionths of a per cent.
    pub(super) fn millionths(self) -> u32 {
        self.0
    }

    /// The number of decimals that the percentage needs.
    pub(super) fn decimals(self) -> usize {
        let digits = format!("{:08}", self.0);
        digits[digits.len() - DECIMALS..]
            .trim_end_matches('0')
            .len()
    }
}

impl FromStr for Percent {
    type Err = String;

    /// Parses `98`, `99.5` or `98%`.
    fn from_str(text: &str) -> Result<Self, String> {
        let number = text.strip_suffix('%').unwrap_or(text);
        let (whole, decimals) = number.split_once('.').unwrap_or((number, "0"));
        let is_number =
            |digits: &str| !digits.is_empty() && digits.bytes().all(|digit| digit.is_ascii_digit());
        let parse = || {
            let is_valid = is_number(whole) && is_number(decimals) && decimals.len() <= DECIMALS;
            let digits = is_valid.then(|| format!("{whole}{decimals:0<DECIMALS$}"))?;
            digits.parse().ok().filter(|millionths| *millionths <= MAX)
        };
        parse().map(Self).ok_or_else(|| {
            format!(
                "expected a number from 0 to 100 with at most {DECIMALS} decimals, such as `98` or `99.5`"
            )
        })
    }
}

impl fmt::Display for Percent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&format_millionths(self.0, self.decimals()))
    }
}

/// Formats a percentage with that many decimals, rounded down.
pub(super) fn format_millionths(millionths: u32, decimals: usize) -> String {
    let (whole, rest) = (millionths / 1_000_000, millionths % 1_000_000);
    let rest = format!("{rest:06}");
    match decimals.min(DECIMALS) {
        0 => format!("{whole}%"),
        decimals => format!("{whole}.{}%", &rest[..decimals]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentage_is_exact_and_prints_as_written() {
        for (text, millionths, printed) in [
            ("98", 98_000_000, "98%"),
            ("99.5", 99_500_000, "99.5%"),
            ("98%", 98_000_000, "98%"),
            ("0", 0, "0%"),
            ("100.000000", MAX, "100%"),
            ("0.000001", 1, "0.000001%"),
        ] {
            let percent: Percent = text.parse().unwrap();
            assert_eq!(
                (percent.millionths(), percent.to_string().as_str()),
                (millionths, printed)
            );
        }
    }

    #[test]
    fn text_that_is_no_percentage_is_rejected() {
        for text in [
            "",
            "%",
            "-1",
            "100.1",
            "101",
            "1e2",
            "NaN",
            "98.",
            ".5",
            "98,5",
            "0.0000001",
            "+5",
            "99999999999999999999",
        ] {
            assert!(text.parse::<Percent>().is_err(), "{text}");
        }
    }
}
