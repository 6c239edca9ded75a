use std::collections::BTreeMap;

use serde::{Serialize, Serializer};
use serde_json::{Value as Json, json};

use super::Text;

/// A value of extra or of a context.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Datum {
    /// `null`, which merges as any other value.
    Null,
    /// A number.
    Number(u8),
    /// A map with one number.
    Map(Text, u8),
}

/// The values of a context.
pub type Fields = BTreeMap<Text, Datum>;

impl Serialize for Datum {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Null => serializer.serialize_unit(),
            Self::Number(number) => serializer.serialize_u8(*number),
            Self::Map(key, number) => serializer.collect_map([(key, number)]),
        }
    }
}

impl From<Datum> for Json {
    fn from(datum: Datum) -> Self {
        match datum {
            Datum::Null => Self::Null,
            Datum::Number(number) => json!(number),
            Datum::Map(key, number) => json!({ key: number }),
        }
    }
}

/// Breadcrumbs that are added in sequence.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Crumbs {
    /// The number of breadcrumbs.
    pub count: u16,
    /// The offset of their timestamps, in breadcrumbs before the present one.
    pub earlier: u16,
}

impl Crumbs {
    /// The time of the breadcrumb with that number, unique in the program.
    #[must_use]
    pub fn time(self, number: u64) -> u64 {
        // The number in the lower digits distinguishes equal times.
        (number + u64::from(u16::MAX) - u64::from(self.earlier)) * 1_000_000 + number
    }
}
