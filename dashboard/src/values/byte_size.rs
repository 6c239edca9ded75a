//! Sizes in bytes.

use std::fmt;
use std::str::FromStr;

/// A size in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ByteSize(pub(crate) u64);

/// The units. A unit that ends with another one comes first.
const UNITS: [(&str, u64); 9] = [
    ("KiB", 1 << 10),
    ("MiB", 1 << 20),
    ("GiB", 1 << 30),
    ("TiB", 1 << 40),
    ("kB", 1_000),
    ("MB", 1_000_000),
    ("GB", 1_000_000_000),
    ("TB", 1_000_000_000_000),
    ("B", 1),
];

impl FromStr for ByteSize {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let unit = UNITS.iter().find_map(|(name, bytes)| {
            let number = text.strip_suffix(name)?.trim_end();
            Some((number, *bytes))
        });
        unit.and_then(|(number, bytes)| number.parse::<u64>().ok()?.checked_mul(bytes))
            .filter(|bytes| *bytes > 0)
            .map(Self)
            .ok_or_else(|| {
                let units = UNITS.map(|(name, _)| name).join(", ");
                format!("expected a whole number and one of the units {units}, such as 10GB")
            })
    }
}

impl fmt::Display for ByteSize {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let units = [(1_000_000_000, "GB"), (1_000_000, "MB"), (1_000, "kB")];
        match units.into_iter().find(|(bytes, _)| self.0 >= *bytes) {
            Some((bytes, unit)) => write!(f, "{:.1} {unit}", self.0 as f64 / bytes as f64),
            None => write!(f, "{} bytes", self.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::ByteSize;

    #[test]
    fn size_without_number_or_unit_is_rejected() {
        let sizes = [
            ("10GB", 10_000_000_000),
            ("1 MiB", 1 << 20),
            ("5kB", 5_000),
            ("7B", 7),
        ];
        for (text, bytes) in sizes {
            assert_eq!(text.parse(), Ok(ByteSize(bytes)), "{text}");
        }
        for text in ["", "10", "GB", "-1GB", "1.5GB", "0GB", "10gb", "99999999TB"] {
            assert!(text.parse::<ByteSize>().is_err(), "{text}");
        }
    }
}
