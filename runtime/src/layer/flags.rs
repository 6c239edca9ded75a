//! The values of feature flags on records, where the layer asks for them.

use crate::model::flag::FlagValues;
use crate::pipeline::flag_settings::FlagField;
use crate::record::Record;
use crate::resolve;
use crate::stack::{self, Frames, Stack};

/// As [`fill`], for an event with `stack`, or with the current stack where `stack` is `None`.
#[cold]
pub(crate) fn fill_event(record: &mut Record, fields: &[FlagField], stack: Option<&Stack>) {
    let nearest = stack::nearest_isolated();
    let values = |frames: Frames<'_>| resolve::flag_values(frames, nearest.as_deref());
    fill(record, fields, &stack::with_frames_of(stack, values));
}

/// Adds the values as fields. A field that the application has recorded itself stays.
#[cold]
pub(crate) fn fill(record: &mut Record, fields: &[FlagField], values: &FlagValues) {
    for FlagField { key, name } in fields {
        if let Some(value) = values.get(key).filter(|_| record.field(name).is_none()) {
            record.fields.push((name, value.clone()));
        }
    }
}
