//! What is told about what the function gives: `output` and `err`.

use syn::{Ident, Type};

use crate::args::parse_idents;
use crate::check::keyed::Keyed;
use crate::check::{Output, Traced};
use crate::diag::Errors;
use crate::keys::Key;
use crate::model::ErrMode;
use crate::returns::bare;

/// Why `output` or `err` cannot be told of a function that gives this.
pub(crate) fn refusal(key: Key, name: &Ident, output: Output<'_>) -> Option<String> {
    let word = key.spec().names[0];
    match (key, output) {
        (_, Output::Stream) => Some(format!(
            "`{word}` is about one value, and `{name}` returns a stream of many: \
             drop it, and record in the stream what is worth it"
        )),
        (_, Output::Unknown) => None,
        (Key::Err, Output::Type(ty)) if may_be_result(ty) => None,
        (Key::Err, _) => Some(format!(
            "`err` records the error of a `Result`, but `{name}` returns none"
        )),
        (_, Output::Nothing) => Some(format!(
            "`output` records what `{name}` returns, but it returns nothing"
        )),
        (_, Output::Type(_)) => None,
    }
}

/// Where the key stands, if it is there; what it cannot tell is refused.
fn told(
    key: Key,
    function: &Traced<'_>,
    keyed: &Keyed,
    errors: &mut Errors,
) -> Option<proc_macro2::Span> {
    let span = keyed.span(key)?;
    if let Some(refusal) = refusal(key, function.name, function.output) {
        errors.at(span, refusal);
    }
    Some(span)
}

pub(super) fn output(
    function: &Traced<'_>,
    keyed: &Keyed,
    errors: &mut Errors,
) -> Option<proc_macro2::Span> {
    told(Key::Output, function, keyed, errors)
}

/// Whether a type can be a `Result`: most names can be an alias of it.
fn may_be_result(ty: &Type) -> bool {
    const OTHERS: [&str; 22] = [
        "bool", "char", "str", "i8", "i16", "i32", "i64", "i128", "isize", "u8", "u16", "u32",
        "u64", "u128", "usize", "f32", "f64", "String", "Vec", "Option", "Box", "Self",
    ];
    match bare(ty) {
        Type::Path(path) => {
            let last = path.path.segments.last();
            !last.is_some_and(|last| OTHERS.iter().any(|other| last.ident == other))
        }
        Type::Macro(_) => true,
        _ => false,
    }
}

pub(super) fn err(
    function: &Traced<'_>,
    keyed: &Keyed,
    errors: &mut Errors,
) -> Option<(ErrMode, proc_macro2::Span)> {
    let span = told(Key::Err, function, keyed, errors)?;
    let Some(list) = keyed.list(Key::Err) else {
        return Some((ErrMode::Display, span));
    };
    let words = parse_idents(list, errors);
    let mode = match words.as_slice() {
        [word] if word == "Debug" => ErrMode::Debug,
        [word] if word == "Display" => ErrMode::Display,
        _ => {
            errors.over(list, "`err` takes `Debug` or `Display`: write `err(Debug)`");
            ErrMode::Display
        }
    };
    Some((mode, span))
}
