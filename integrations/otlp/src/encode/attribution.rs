//! Who a record belongs to.

use whose::names::attribution::SCOPE_ID;
use whose::{Record, RecordType};

use crate::encode::attribute::Attributes;
use crate::names;

/// Which names the attribution of a record has taken.
pub(crate) struct Taken<'a> {
    record: &'a Record,
    /// One bit for each length of a name, modulo 64: most fields have a length that no name has.
    lengths: u64,
}

/// Writes the attribution of the record, under the names of whose.
pub(crate) fn write<'a>(attributes: &mut Attributes<'_>, record: &'a Record) -> Taken<'a> {
    let mut lengths = 0;
    record.attribution().visit_attributes(|name, value| {
        lengths |= bit(name);
        attributes.value(name, &value);
    });
    // The scope of a link is no part of its attribution.
    if record.record_type() == RecordType::Link
        && let Some(scope) = record.scope_id()
    {
        attributes.text(SCOPE_ID, &scope.to_string());
    }
    // A receiver that counts records adds up the weights.
    if record.weight() != 1.0 {
        attributes.double(names::WEIGHT, record.weight());
    }
    Taken { record, lengths }
}

impl Taken<'_> {
    /// Whether the attribution has an attribute of that name: a field of the name would be a second
    /// one.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.lengths & bit(name) != 0 && self.is_visited(name)
    }

    fn is_visited(&self, name: &str) -> bool {
        let mut is_visited = false;
        self.record
            .attribution()
            .visit_attributes(|known, _| is_visited |= known == name);
        is_visited
    }
}

fn bit(name: &str) -> u64 {
    1 << (name.len() % 64)
}
