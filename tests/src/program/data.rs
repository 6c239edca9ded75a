use std::collections::BTreeMap;

use serde::{Serialize, Serializer};
use serde_json::{Value as Json, json};

use super::Text;

/// A value of extra, or of a context.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Datum {
    /// `null`, which is a value like any other.
    Null,
    /// A number.
    Number(u8),
    /// A map of one number.
    Map(Text, u8),
}

/// What a context holds.
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

/// Breadcrumbs that are added one after the other.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Crumbs {
    /// How many.
    pub count: u16,
    /// How many breadcrumbs earlier they say that they happened.
    pub earlier: u16,
}

impl Crumbs {
    /// The time of the breadcrumb of that number, which no other one of the program has.
    #[must_use]
    pub fn time(self, number: u64) -> u64 {
        // The number alone, in the lower digits, tells apart what happened at one time.
        (number + u64::from(u16::MAX) - u64::from(self.earlier)) * 1_000_000 + number
    }
}
