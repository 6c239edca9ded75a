//! Who a record belongs to.

use whose::Record;

use crate::encode::attribute::Attributes;

/// Writes the attribution of the record.
pub(crate) fn write(attributes: &mut Attributes<'_>, record: &Record) {
    if let Some(id) = record.user_id() {
        attributes.text("user.id", id);
    }
    if let Some(id) = record.session_id() {
        attributes.text("session.id", id);
    }
}
