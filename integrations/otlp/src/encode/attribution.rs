//! Who a record belongs to.

use whose::{Record, RecordType};

use crate::encode::attribute::Attributes;
use crate::encode::names;

/// Writes the attribution of the record, under the names of whose.
pub(crate) fn write(attributes: &mut Attributes<'_>, record: &Record) {
    record.attribution().visit_attributes(|name, value| {
        attributes.value(name, &value);
    });
    // The scope of a link is no part of its attribution.
    if record.record_type() == RecordType::Link
        && let Some(scope) = record.scope_id()
    {
        attributes.text(names::SCOPE_ID, &scope.to_string());
    }
}
