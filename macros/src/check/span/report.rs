//! The keys `output` and `err`.

use syn::{Ident, Type};

use super::level::check_level;
use crate::args::{parse_entries, Entry, Sigil};
use crate::check::context::FnInfo;
use crate::check::keyed::KeyedArgs;
use crate::diag::Errors;
use crate::keys::Key;
use crate::model::{Output, Report, ShownBy};
use crate::returns::ungroup;

/// Returns the error if `output` or `err` does not fit the output of the function.
pub(crate) fn refusal(key: Key, name: &Ident, output: Output<'_>) -> Option<String> {
    let word = key.spec().names[0];
    match (key, output) {
        (_, Output::Stream) => Some(format!(
            "`{word}` records one value, and `{name}` returns a stream: \
             remove it, and record values inside the stream"
        )),
        (_, Output::Unknown) => None,
        (Key::Err, Output::Type(ty)) if may_be_result(ty) => None,
        (Key::Err, _) => Some(format!(
            "`err` records the error of a `Result`, but `{name}` does not return one"
        )),
        (_, Output::Nothing) => Some(format!(
            "`output` records what `{name}` returns, but it returns nothing"
        )),
        (_, Output::Type(_)) => None,
    }
}

/// Returns the settings of the key, if given.
pub(super) fn report(
    key: Key,
    function: &FnInfo<'_>,
    keyed: &KeyedArgs,
    errors: &mut Errors,
) -> Option<Report> {
    let mut report = Report {
        key: keyed.span(key)?,
        shown_by: None,
        event: None,
    };
    if let Some(refusal) = refusal(key, function.name, function.output) {
        errors.at(report.key, refusal);
    }
    let Some(list) = keyed.list(key) else {
        return Some(report);
    };
    let entries = parse_entries(list, errors);
    let is_empty = entries.is_empty() && errors.is_empty();
    let is_understood = entries.into_iter().all(|entry| report.take(entry, errors));
    if is_empty || !is_understood {
        let word = key.spec().names[0];
        let (by, level) = match key {
            Key::Err => ("Debug", "error"),
            _ => ("Display", "info"),
        };
        errors.over(
            list,
            format!(
                "`{word}` takes `Debug` or `Display`, and a level: write `{word}({by})` or \
                 `{word}(level = \"{level}\")`"
            ),
        );
    }
    Some(report)
}

impl Report {
    /// Applies an element of the list; returns `false` if the element is unknown or repeated.
    fn take(&mut self, entry: Entry, errors: &mut Errors) -> bool {
        let shown_by = match entry.name.text().as_deref() {
            Some("Debug") => ShownBy::Debug,
            Some("Display") => ShownBy::Display,
            Some("level") if !entry.shorthand => {
                return self
                    .event
                    .replace(check_level(&entry.value, errors))
                    .is_none();
            }
            _ => return false,
        };
        let is_word = entry.shorthand && matches!(entry.value.sigil, Sigil::None);
        is_word && self.shown_by.replace(shown_by).is_none()
    }
}

/// Returns whether a type can be a `Result`; most names can be an alias.
fn may_be_result(ty: &Type) -> bool {
    const OTHERS: [&str; 22] = [
        "bool", "char", "str", "i8", "i16", "i32", "i64", "i128", "isize", "u8", "u16", "u32",
        "u64", "u128", "usize", "f32", "f64", "String", "Vec", "Option", "Box", "Self",
    ];
    match ungroup(ty) {
        Type::Path(path) => {
            let last = path.path.segments.last();
            !last.is_some_and(|last| OTHERS.iter().any(|other| last.ident == other))
        }
        Type::Macro(_) => true,
        _ => false,
    }
}
