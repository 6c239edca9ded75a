//! Where in the code a record comes from.

use whose::Record;

use crate::encode::attribute::Attributes;
use crate::names;

/// Writes the target, the file and the line. A field of the same name wins.
pub(crate) fn write(attributes: &mut Attributes<'_>, record: &Record) {
    let is_free = |name| record.field(name).is_none();
    if !record.target().is_empty() && is_free(names::TARGET) {
        attributes.text(names::TARGET, record.target());
    }
    let Some(site) = record.call_site() else {
        return;
    };
    if is_free(names::FILE) {
        attributes.text(names::FILE, site.file);
    }
    if is_free(names::LINE) {
        attributes.int(names::LINE, site.line.into());
    }
}
