//! What is told about what the function gives: `output` and `err`.

use syn::Type;

use crate::args::parse_idents;
use crate::check::keyed::Keyed;
use crate::check::{Output, Traced};
use crate::diag::Errors;
use crate::keys::Key;
use crate::model::ErrMode;

pub(super) fn output(
    function: &Traced<'_>,
    keyed: &Keyed,
    errors: &mut Errors,
) -> Option<proc_macro2::Span> {
    let span = keyed.span(Key::Output)?;
    if matches!(function.output, Output::Nothing) {
        let name = function.name;
        errors.at(
            span,
            format!("`output` records what `{name}` returns, but it returns nothing"),
        );
    }
    Some(span)
}

/// Whether a type can be a `Result`: most names can be an alias of it.
fn may_be_result(ty: &Type) -> bool {
    const OTHERS: [&str; 22] = [
        "bool", "char", "str", "i8", "i16", "i32", "i64", "i128", "isize", "u8", "u16", "u32",
        "u64", "u128", "usize", "f32", "f64", "String", "Vec", "Option", "Box", "Self",
    ];
    match ty {
        Type::Path(path) => {
            let last = path.path.segments.last();
            !last.is_some_and(|last| OTHERS.iter().any(|other| last.ident == other))
        }
        Type::Macro(_) => true,
        Type::Group(group) => may_be_result(&group.elem),
        Type::Paren(paren) => may_be_result(&paren.elem),
        _ => false,
    }
}

pub(super) fn err(
    function: &Traced<'_>,
    keyed: &Keyed,
    errors: &mut Errors,
) -> Option<(ErrMode, proc_macro2::Span)> {
    let span = keyed.span(Key::Err)?;
    let is_result = match function.output {
        Output::Nothing => false,
        Output::Unknown => true,
        Output::Type(ty) => may_be_result(ty),
    };
    if !is_result {
        let name = function.name;
        let message = format!("`err` records the error of a `Result`, but `{name}` returns none");
        errors.at(span, message);
    }
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
