//! Where in the code a record comes from.

use whose::Record;

use crate::encode::attribute::Attributes;
use crate::encode::names;

/// Writes the target, the file and the line.
pub(crate) fn write(attributes: &mut Attributes<'_>, record: &Record) {
    if !record.target().is_empty() {
        attributes.text(names::TARGET, record.target());
    }
    if let Some(site) = record.call_site() {
        attributes.text(names::FILE, site.file);
        attributes.int(names::LINE, site.line.into());
    }
}
