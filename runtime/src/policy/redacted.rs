use std::borrow::Cow;
use std::fmt;

use serde::{Serialize, Serializer};

use crate::model::{AsText, AsValue, Value};

/// A value that is never recorded in clear: shown, it is `[redacted]`.
///
/// It stands wherever a value is taken: in tags and attributes, in extra and contexts, in the fields of `tracing` by `%`
/// and `?`, as an argument whose `input` is captured, in what a function gives back. The value
/// itself is at `.0`.
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
/// It is neither an id nor a user, or everybody would be the same one:
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

/// What stands for a redacted value.
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
        #[allow(dead_code)] // It is there to be formatted.
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
