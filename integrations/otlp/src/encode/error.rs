//! What only errors have.

use whose::names::exception;
use whose::{Breadcrumb, Record, Value};

use serde::ser::{Serialize, SerializeMap, Serializer};

use crate::encode::attribute::Attributes;
use crate::names;

/// Writes the type, the message and the backtrace under the names of the conventions, and the rest
/// under names of whose.
pub(crate) fn write(attributes: &mut Attributes<'_>, record: &Record) {
    let mut text = |name: &str, text: Option<&str>| {
        if let Some(text) = text {
            attributes.text(name, text);
        }
    };
    text(exception::TYPE.name, record.error_type());
    text(exception::MESSAGE.name, record.message());
    text(exception::STACKTRACE.name, record.backtrace());
    if record.name() != exception::CAPTURED {
        attributes.text(names::NAME, record.name());
    }
    attributes.texts(names::CAUSES, record.causes());
    attributes.texts(names::SPAN_PATH, record.span_path());
    if let Some(fingerprint) = record.fingerprint() {
        attributes.text(names::FINGERPRINT, &fingerprint.to_string());
    }
    if record.breadcrumbs().next().is_some() {
        let crumbs: Vec<&Breadcrumb> = record.breadcrumbs().collect();
        attributes.json(names::BREADCRUMBS, &crumbs);
    }
    if record.flags().next().is_some() {
        attributes.json(names::FLAGS, &Flags(record));
    }
}

/// Whether [`write`] writes an attribute of that name, so that a field of it would be a second one.
pub(crate) fn writes(record: &Record, name: &str) -> bool {
    (name == exception::TYPE.name && record.error_type().is_some())
        || (name == exception::MESSAGE.name && record.message().is_some())
        || (name == exception::STACKTRACE.name && record.backtrace().is_some())
}

/// The feature flags of an error, as an object of keys and values.
struct Flags<'a>(&'a Record);

impl Serialize for Flags<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut object = serializer.serialize_map(None)?;
        for (key, value) in self.0.flags() {
            let value: &Value = value;
            object.serialize_entry(key, value)?;
        }
        object.end()
    }
}
