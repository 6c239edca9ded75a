use std::borrow::Cow;
use std::fmt;

use serde::{Serialize, Serializer};

use crate::model::{AsText, AsValue, Value};

/// A wrapper for a secret value, which every record shows as `[redacted]`.
///
/// `Redacted` is accepted wherever a value is: in tags and attributes, in extra and contexts, in
/// fields of `tracing` with `%` and `?`, as a captured argument (`input`), and in a return value.
/// The field `.0` holds the value itself.
///
/// ```
/// use whose::Redacted;
///
/// let rec = whose::testing::Recorder::start();
/// let password = Redacted(String::from("hunter2"));
/// whose::tag("password", &password).in_scope(|| tracing::info!(%password, ?password, "login"));
///
/// let event = &rec.events()[0];
/// assert_eq!(event.tag("password"), Some("[redacted]"));
/// assert_eq!(event.field("password").unwrap(), &"[redacted]");
/// assert_eq!(password.0, "hunter2");
/// ```
///
/// `Redacted` is neither an id nor a user, because all such users would be the same user:
///
/// ```compile_fail,E0277
/// whose::user(whose::Redacted("alice"));
/// ```
///
/// ```compile_fail,E0277
/// whose::session(whose::Redacted("s-1"));
/// ```
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Redacted<T>(pub T);

/// The text that replaces a redacted value.
const MARK: &str = "[redacted]";

impl<T> fmt::Display for Redacted<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(MARK)
    }
}

impl<T> fmt::Debug for Redacted<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(MARK)
    }
}

impl<T> AsText for Redacted<T> {
    fn as_text(&self) -> Option<Cow<'_, str>> {
        Some(Cow::Borrowed(MARK))
    }
}

impl<T> AsValue for Redacted<T> {
    fn as_value(&self) -> Option<Value> {
        Some(MARK.into())
    }
}

impl<T> Serialize for Redacted<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(MARK)
    }
}

impl<T> From<T> for Redacted<T> {
    fn from(value: T) -> Self {
        Self(value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_format_hides_value() {
        #[derive(Debug)]
        #[allow(dead_code)] // Only its `Debug` form is used.
        struct Login {
            password: Redacted<&'static str>,
            codes: Option<Redacted<[u32; 2]>>,
        }
        let login = Login {
            password: Redacted("hunter2"),
            codes: Some(Redacted([1234, 5678])),
        };
        for shown in [format!("{login:?}"), format!("{login:#?}")] {
            assert!(!shown.contains("hunter2") && !shown.contains("1234"));
            assert_eq!(shown.matches("[redacted]").count(), 2, "{shown}");
        }
        assert_eq!(format!("{:>12}", login.password), "  [redacted]");
        assert_eq!(login.password.as_value().unwrap(), MARK);
    }
}
