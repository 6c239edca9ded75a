//! The attributes `#[whose(..)]` of fields.

use proc_macro2::Span;
use syn::ext::IdentExt;
use syn::parse::{Parse, ParseStream};
use syn::punctuated::Punctuated;
use syn::{Attribute, Field, Ident, LitStr, Meta, Path, Token};

use crate::diag::{nearest, Errors};

/// The role of a field in the user.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum FieldAttr {
    Id,
    /// A text; the method that sets it.
    Text(&'static str),
    /// An attribute of the user; its name, if it differs from the field's.
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

/// A field attribute with its span.
pub(super) struct PlacedAttr {
    pub(super) attr: FieldAttr,
    pub(super) span: Span,
    /// The function that converts the field.
    pub(super) with: Option<Path>,
}

/// Parses the attributes of a field.
pub(super) fn of(field: &Field, errors: &mut Errors) -> Vec<PlacedAttr> {
    let mut attrs: Vec<PlacedAttr> = Vec::new();
    for attr in own(&field.attrs) {
        match parse(attr) {
            Ok(parsed) => one_attribute(parsed, &mut attrs, errors),
            Err(error) => errors.push(error),
        }
    }
    if let Some(skip) = attrs.iter().find(|placed| placed.attr == FieldAttr::Skip) {
        if attrs.len() > 1 {
            errors.at(
                skip.span,
                "`skip` excludes the field: remove it, or the other attributes",
            );
        }
    }
    attrs
}

/// Returns the attributes named `whose`.
pub(super) fn own(attrs: &[Attribute]) -> impl Iterator<Item = &Attribute> {
    attrs.iter().filter(|attr| attr.path().is_ident("whose"))
}

/// Adds the roles of one attribute; `with` applies to all of them.
fn one_attribute(parsed: Parsed, attrs: &mut Vec<PlacedAttr>, errors: &mut Errors) {
    let before = attrs.len();
    let mut with: Option<(Ident, Path)> = None;
    for FieldAttrArg { word, value } in parsed {
        match (value, &with) {
            (Value::Path(_), Some(_)) => errors.at(word.span(), "`with` is given twice"),
            (Value::Path(path), None) => with = Some((word, path)),
            (Value::Name(name), _) => add(&word, Some(&name), attrs, errors),
            (Value::None, _) => add(&word, None, attrs, errors),
        }
    }
    let Some((word, path)) = with else {
        return;
    };
    let beside = &mut attrs[before..];
    if beside.iter().all(|placed| placed.attr == FieldAttr::Skip) {
        errors.at(
            word.span(),
            "`with` converts the field: add its role, as in `#[whose(id, with = path)]`",
        );
    }
    for placed in beside {
        placed.with = Some(path.clone());
    }
}

type Parsed = Punctuated<FieldAttrArg, Token![,]>;

struct FieldAttrArg {
    word: Ident,
    value: Value,
}

enum Value {
    None,
    Name(LitStr),
    Path(Path),
}

impl Parse for FieldAttrArg {
    fn parse(input: ParseStream) -> syn::Result<Self> {
        let word = input.call(Ident::parse_any)?;
        let assigned: Option<Token![=]> = input.parse()?;
        let value = match (assigned, word == "with") {
            (Some(_), true) => Value::Path(input.parse()?),
            (Some(_), false) => Value::Name(input.parse()?),
            (None, true) => {
                let message =
                    "`with` takes the path of a function from a reference to the field: write `with = path`";
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
            "give the role of the field, as in `#[whose(id)]`: one of {}",
            NAMES.join(", ")
        );
        return Err(syn::Error::new_spanned(attr, message));
    };
    let parsed = list.parse_args_with(Parsed::parse_terminated)?;
    if parsed.is_empty() {
        let message = format!(
            "give the role of the field, as in `#[whose(id)]`: one of {}",
            NAMES.join(", ")
        );
        return Err(syn::Error::new_spanned(attr, message));
    }
    Ok(parsed)
}

fn add(word: &Ident, name: Option<&LitStr>, attrs: &mut Vec<PlacedAttr>, errors: &mut Errors) {
    let known = word.to_string();
    let attr = match known.as_str() {
        "id" => FieldAttr::Id,
        "attr" => FieldAttr::Attr(name.map(LitStr::value)),
        "skip" => FieldAttr::Skip,
        other => match TEXTS.iter().find(|(text, _)| *text == other) {
            Some((_, method)) => FieldAttr::Text(method),
            None => {
                let advice = nearest(other, NAMES).map_or_else(
                    || format!("a field is one of {}", NAMES.join(", ")),
                    |near| format!("did you mean `{near}`?"),
                );
                errors.at(
                    word.span(),
                    format!("unknown attribute `{other}`: {advice}"),
                );
                return;
            }
        },
    };
    match (&attr, name) {
        (FieldAttr::Attr(_), Some(name)) if name.value().is_empty() => {
            errors.at(
                name.span(),
                "the key of an attribute is empty: give it a name",
            );
            return;
        }
        (FieldAttr::Attr(_), _) | (_, None) => {}
        (_, Some(name)) => {
            errors.at(
                name.span(),
                format!("`{known}` takes no name: write `#[whose({known})]`"),
            );
            return;
        }
    }
    if attrs.iter().any(|before| before.attr == attr) {
        errors.at(word.span(), format!("`{known}` is given twice"));
        return;
    }
    attrs.push(PlacedAttr {
        attr,
        span: word.span(),
        with: None,
    });
}
