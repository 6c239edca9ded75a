//! `#[whose(..)]` on fields.

use proc_macro2::Span;
use syn::ext::IdentExt;
use syn::parse::ParseStream;
use syn::punctuated::Punctuated;
use syn::{Attribute, Field, Ident, LitStr, Meta, Token};

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

const NAMES: [&str; 8] = [
    "id",
    "email",
    "username",
    "full_name",
    "ip_address",
    "segment",
    "attr",
    "skip",
];

/// The marks of a field, each with its place.
pub(super) fn of(field: &Field, errors: &mut Errors) -> Vec<(Mark, Span)> {
    let mut marks: Vec<(Mark, Span)> = Vec::new();
    for attr in field
        .attrs
        .iter()
        .filter(|attr| attr.path().is_ident("whose"))
    {
        match parse(attr) {
            Ok(parsed) => parsed
                .into_iter()
                .for_each(|mark| add(mark, &mut marks, errors)),
            Err(error) => errors.push(error),
        }
    }
    if let Some((_, span)) = marks.iter().find(|(mark, _)| *mark == Mark::Skip) {
        if marks.len() > 1 {
            errors.at(
                *span,
                "`skip` leaves the field out: drop it, or the other marks",
            );
        }
    }
    marks
}

type Parsed = Punctuated<Written, Token![,]>;

struct Written {
    word: Ident,
    name: Option<LitStr>,
}

fn parse(attr: &Attribute) -> syn::Result<Parsed> {
    let Meta::List(list) = &attr.meta else {
        let message = format!(
            "say what the field is, as in `#[whose(id)]`: one of {}",
            NAMES.join(", ")
        );
        return Err(syn::Error::new_spanned(attr, message));
    };
    let one = |input: ParseStream| {
        let word = input.call(Ident::parse_any)?;
        let assigned: Option<Token![=]> = input.parse()?;
        let name = assigned.map(|_| input.parse()).transpose()?;
        Ok(Written { word, name })
    };
    let parsed =
        list.parse_args_with(|input: ParseStream| Punctuated::parse_terminated_with(input, one))?;
    if parsed.is_empty() {
        let message = format!(
            "say what the field is, as in `#[whose(id)]`: one of {}",
            NAMES.join(", ")
        );
        return Err(syn::Error::new_spanned(attr, message));
    }
    Ok(parsed)
}

fn add(written: Written, marks: &mut Vec<(Mark, Span)>, errors: &mut Errors) {
    let Written { word, name } = written;
    let known = word.to_string();
    let mark = match known.as_str() {
        "id" => Mark::Id,
        "attr" => Mark::Attr(name.as_ref().map(LitStr::value)),
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
    match (&mark, &name) {
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
    if marks.iter().any(|(before, _)| *before == mark) {
        errors.at(word.span(), format!("`{known}` is given twice"));
        return;
    }
    marks.push((mark, word.span()));
}
