//! Values of attributes and fields.

use std::borrow::Cow;
use std::fmt;

use serde::{Serialize, Serializer};

use crate::model::as_text::AsText;

/// The value of an attribute or a field: a string, a number or a boolean.
///
/// ```
/// use whose::Value;
///
/// assert_eq!(Value::from("pro"), "pro");
/// assert_eq!(Value::from(3_u32).to_string(), "3");
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Value {
    /// A boolean.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A whole number past the range of [`Value::Int`].
    UInt(u64),
    /// A floating-point number.
    Float(f64),
    /// A string.
    Str(Box<str>),
}

impl Value {
    /// The string, if the value is a string.
    #[must_use]
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::Str(s) => Some(s),
            _ => None,
        }
    }

    /// The whole number, if the value is a whole number and not negative.
    #[must_use]
    pub fn as_u64(&self) -> Option<u64> {
        match self {
            Self::Int(i) => u64::try_from(*i).ok(),
            Self::UInt(u) => Some(*u),
            _ => None,
        }
    }

    /// The boolean, if the value is a boolean.
    #[must_use]
    pub fn as_bool(&self) -> Option<bool> {
        match self {
            Self::Bool(b) => Some(*b),
            _ => None,
        }
    }

    /// The value as a float, if the value is a number of any kind.
    #[must_use]
    #[allow(clippy::cast_precision_loss)] // The caller requests a float.
    pub fn as_f64(&self) -> Option<f64> {
        match self {
            Self::Int(i) => Some(*i as f64),
            Self::UInt(u) => Some(*u as f64),
            Self::Float(f) => Some(*f),
            _ => None,
        }
    }
}

/// A number that JSON cannot express (NaN or infinite) is serialised as a string.
impl Serialize for Value {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Bool(v) => serializer.serialize_bool(*v),
            Self::Int(v) => serializer.serialize_i64(*v),
            Self::UInt(v) => serializer.serialize_u64(*v),
            Self::Float(v) if v.is_finite() => serializer.serialize_f64(*v),
            Self::Float(v) => serializer.collect_str(v),
            Self::Str(v) => serializer.serialize_str(v),
        }
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bool(v) => v.fmt(f),
            Self::Int(v) => v.fmt(f),
            Self::UInt(v) => v.fmt(f),
            Self::Float(v) => v.fmt(f),
            Self::Str(v) => v.fmt(f),
        }
    }
}

impl From<u64> for Value {
    fn from(value: u64) -> Self {
        i64::try_from(value).map_or(Self::UInt(value), Self::Int)
    }
}

impl From<String> for Value {
    fn from(value: String) -> Self {
        Self::Str(value.into_boxed_str())
    }
}

impl From<&str> for Value {
    fn from(value: &str) -> Self {
        Self::Str(value.into())
    }
}

impl From<Cow<'_, str>> for Value {
    fn from(value: Cow<'_, str>) -> Self {
        Self::Str(value.into())
    }
}

impl PartialEq<str> for Value {
    fn eq(&self, other: &str) -> bool {
        self.as_str() == Some(other)
    }
}

impl PartialEq<&str> for Value {
    fn eq(&self, other: &&str) -> bool {
        *self == **other
    }
}

/// Types that convert to a [`Value`]: strings, numbers, booleans, and `Option`s of them.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the value of an attribute",
    label = "not a string, a number or a boolean",
    note = "in a macro, `%` takes any value by its `Display`: `attrs(plan = %{{expr}})`"
)]
pub trait AsValue {
    /// The value. `None` sets nothing.
    fn as_value(&self) -> Option<Value>;
}

macro_rules! as_value {
    ($($from:ty => $make:expr),* $(,)?) => {$(
        impl AsValue for $from {
            fn as_value(&self) -> Option<Value> {
                Some(($make)(self))
            }
        }
    )*};
}

macro_rules! from_number {
    ($($from:ty => $variant:ident($to:ty)),* $(,)?) => {$(
        impl From<$from> for Value {
            fn from(value: $from) -> Self {
                Self::$variant(<$to>::from(value))
            }
        }
    )*};
}

from_number!(bool => Bool(bool), i8 => Int(i64), i16 => Int(i64), i32 => Int(i64), i64 => Int(i64),
    u8 => Int(i64), u16 => Int(i64), u32 => Int(i64), f32 => Float(f64), f64 => Float(f64));

as_value!(bool => |v: &bool| (*v).into(), i8 => |v: &i8| (*v).into(), i16 => |v: &i16| (*v).into(),
    i32 => |v: &i32| (*v).into(), i64 => |v: &i64| (*v).into(), u8 => |v: &u8| (*v).into(),
    u16 => |v: &u16| (*v).into(), u32 => |v: &u32| (*v).into(), u64 => |v: &u64| (*v).into(),
    usize => |v: &usize| (*v as u64).into(), isize => |v: &isize| (*v as i64).into(),
    f32 => |v: &f32| (*v).into(), f64 => |v: &f64| (*v).into(),
    Value => Value::clone);

macro_rules! as_value_by_text {
    ($($from:ty),*) => {$(
        impl AsValue for $from {
            fn as_value(&self) -> Option<Value> {
                self.as_text().map(Value::from)
            }
        }
    )*};
}

as_value_by_text!(str, String, Cow<'_, str>, char);

impl<T: AsValue + ?Sized> AsValue for &T {
    fn as_value(&self) -> Option<Value> {
        T::as_value(self)
    }
}

impl<T: AsValue> AsValue for Option<T> {
    fn as_value(&self) -> Option<Value> {
        self.as_ref().and_then(T::as_value)
    }
}
