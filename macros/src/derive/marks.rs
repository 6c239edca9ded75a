//! `#[whose(..)]` on fields.

use proc_macro2::Span;
use syn::ext::IdentExt;
use syn::parse::{Parse, ParseStream};
use syn::punctuated::Punctuated;
use syn::{Attribute, Field, Ident, LitStr, Meta, Path, Token};

use crate::diag::{nearest, Errors};

/// What a field is to the user.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Mark {
    Id,
    /// The method that sets it.
    Text(&'static str),
    /// An attribute, and its name where that is not the field's.
    Attr(Option<String>),
    Skip,
}

const TEXTS: [(&str, &str); 5] = [
    ("email", "with_email"),
    ("username", "with_username"),
    ("full_name", "with_full_name"),
    ("ip_address", "with_ip_address"),
    ("segment", "with_segment"),
];

const NAMES: [&str; 9] = [
    "id",
    "email",
    "username",
    "full_name",
    "ip_address",
    "segment",
    "attr",
    "skip",
    "with",
];

/// A mark in its place.
pub(super) struct Marked {
    pub(super) mark: Mark,
    pub(super) span: Span,
    /// The function that makes of the field what is taken.
    pub(super) with: Option<Path>,
}

/// The marks of a field.
pub(super) fn of(field: &Field, errors: &mut Errors) -> Vec<Marked> {
    let mut marks: Vec<Marked> = Vec::new();
    for attr in own(&field.attrs) {
        match parse(attr) {
            Ok(parsed) => one_attribute(parsed, &mut marks, errors),
            Err(error) => errors.push(error),
        }
    }
    if let Some(skip) = marks.iter().find(|marked| marked.mark == Mark::Skip) {
        if marks.len() > 1 {
            errors.at(
                skip.span,
                "`skip` leaves the field out: drop it, or the other marks",
            );
        }
    }
    marks
}

/// The attributes that are ours.
pub(super) fn own(attrs: &[Attribute]) -> impl Iterator<Item = &Attribute> {
    attrs.iter().filter(|attr| attr.path().is_ident("whose"))
}

/// `with` is about the marks beside it.
fn one_attribute(parsed: Parsed, marks: &mut Vec<Marked>, errors: &mut Errors) {
    let before = marks.len();
    let mut with: Option<(Ident, Path)> = None;
    for Written { word, value } in parsed {
        match (value, &with) {
            (Value::Path(_), Some(_)) => errors.at(word.span(), "`with` is given twice"),
            (Value::Path(path), None) => with = Some((word, path)),
            (Value::Name(name), _) => add(&word, Some(&name), marks, errors),
            (Value::None, _) => add(&word, None, marks, errors),
        }
    }
    let Some((word, path)) = with else {
        return;
    };
    let beside = &mut marks[before..];
    if beside.iter().all(|marked| marked.mark == Mark::Skip) {
        errors.at(
            word.span(),
            "`with` says how the field is taken: say also as what, as in `#[whose(id, with = path)]`",
        );
    }
    for marked in beside {
        marked.with = Some(path.clone());
    }
}

type Parsed = Punctuated<Written, Token![,]>;

struct Written {
    word: Ident,
    value: Value,
}

enum Value {
    None,
    Name(LitStr),
    Path(Path),
}

impl Parse for Written {
    fn parse(input: ParseStream) -> syn::Result<Self> {
        let word = input.call(Ident::parse_any)?;
        let assigned: Option<Token![=]> = input.parse()?;
        let value = match (assigned, word == "with") {
            (Some(_), true) => Value::Path(input.parse()?),
            (Some(_), false) => Value::Name(input.parse()?),
            (None, true) => {
                let message =
                    "`with` names a function over the field's reference: write `with = path`";
                return Err(syn::Error::new(word.span(), message));
            }
            (None, false) => Value::None,
        };
        Ok(Self { word, value })
    }
}

fn parse(attr: &Attribute) -> syn::Result<Parsed> {
    let Meta::List(list) = &attr.meta else {
        let message = format!(
            "say what the field is, as in `#[whose(id)]`: one of {}",
            NAMES.join(", ")
        );
        return Err(syn::Error::new_spanned(attr, message));
    };
    let parsed = list.parse_args_with(Parsed::parse_terminated)?;
    if parsed.is_empty() {
        let message = format!(
            "say what the field is, as in `#[whose(id)]`: one of {}",
            NAMES.join(", ")
        );
        return Err(syn::Error::new_spanned(attr, message));
    }
    Ok(parsed)
}

fn add(word: &Ident, name: Option<&LitStr>, marks: &mut Vec<Marked>, errors: &mut Errors) {
    let known = word.to_string();
    let mark = match known.as_str() {
        "id" => Mark::Id,
        "attr" => Mark::Attr(name.map(LitStr::value)),
        "skip" => Mark::Skip,
        other => match TEXTS.iter().find(|(text, _)| *text == other) {
            Some((_, method)) => Mark::Text(method),
            None => {
                let advice = nearest(other, NAMES).map_or_else(
                    || format!("a field is one of {}", NAMES.join(", ")),
                    |near| format!("did you mean `{near}`?"),
                );
                errors.at(word.span(), format!("unknown mark `{other}`: {advice}"));
                return;
            }
        },
    };
    match (&mark, name) {
        (Mark::Attr(_), Some(name)) if name.value().is_empty() => {
            errors.at(
                name.span(),
                "the key of an attribute is empty: give it a name",
            );
            return;
        }
        (Mark::Attr(_), _) | (_, None) => {}
        (_, Some(name)) => {
            errors.at(
                name.span(),
                format!("`{known}` takes no name: write `#[whose({known})]`"),
            );
            return;
        }
    }
    if marks.iter().any(|before| before.mark == mark) {
        errors.at(word.span(), format!("`{known}` is given twice"));
        return;
    }
    marks.push(Marked {
        mark,
        span: word.span(),
        with: None,
    });
}
