//! `#[derive(AsUser)]`

use proc_macro2::{Span, TokenStream};
use quote::{format_ident, quote, quote_spanned, ToTokens};
use syn::ext::IdentExt;
use syn::spanned::Spanned;
use syn::{DataStruct, DeriveInput, Field, Fields, Index, LitStr, Path, Type};

use super::implement::{as_struct, as_user_method, implement, whose};
use super::marks::{self, Mark, Marked};
use crate::diag::{listed, Errors};
use crate::spans::{reference, shown_at};

/// What the user is made of.
struct Parts<'a> {
    id: Option<Part<'a>>,
    others: Vec<(Mark, Part<'a>)>,
}

#[derive(Clone)]
struct Part<'a> {
    member: TokenStream,
    name: String,
    ty: &'a Type,
    span: Span,
    with: Option<Path>,
}

pub(crate) fn as_user(input: &DeriveInput) -> TokenStream {
    let mut errors = Errors::default();
    let whose = whose(input, &mut errors);
    let Some(data) = as_struct(input, "AsUser", &mut errors) else {
        return errors.into_tokens();
    };
    if let Some(inner) = newtype(data) {
        if !errors.is_empty() {
            return errors.into_tokens();
        }
        let ty = &inner.ty;
        let shown = shown_at(&whose, ty.span());
        let body = quote_spanned! {ty.span()=>
            fn as_user(&self) -> ::core::option::Option<#whose::User> {
                #shown::AsUser::as_user(&self.0)
            }
        };
        return implement(input, &whose, "AsUser", &[(ty.clone(), "AsUser")], &body);
    }
    let parts = parts(input, data, &mut errors);
    if !errors.is_empty() {
        return errors.into_tokens();
    }
    expand(input, &whose, &parts)
}

/// The field of a tuple struct that has one, and no mark on it: the struct is what it holds.
fn newtype(data: &DataStruct) -> Option<&Field> {
    let Fields::Unnamed(fields) = &data.fields else {
        return None;
    };
    let only = fields
        .unnamed
        .first()
        .filter(|_| fields.unnamed.len() == 1)?;
    let is_marked = marks::own(&only.attrs).next().is_some();
    (!is_marked).then_some(only)
}

fn parts<'a>(input: &DeriveInput, data: &'a DataStruct, errors: &mut Errors) -> Parts<'a> {
    let mut parts = Parts {
        id: None,
        others: Vec::new(),
    };
    let mut unmarked = Vec::new();
    for (at, field) in data.fields.iter().enumerate() {
        let marks = marks::of(field, errors);
        if marks::own(&field.attrs).next().is_none() {
            unmarked.push(part(at, field, Span::mixed_site(), None));
        }
        for Marked { mark, span, with } in marks {
            parts.add(mark, part(at, field, span, with), errors);
        }
    }
    if parts.id.is_none() {
        parts.id = implied_id(input, data, unmarked, errors);
    }
    parts
}

fn part(at: usize, field: &Field, span: Span, with: Option<Path>) -> Part<'_> {
    let (member, name) = match &field.ident {
        Some(ident) => (ident.to_token_stream(), ident.unraw().to_string()),
        None => (Index::from(at).to_token_stream(), at.to_string()),
    };
    Part {
        member,
        name,
        ty: &field.ty,
        span,
        with,
    }
}

impl<'a> Parts<'a> {
    fn add(&mut self, mark: Mark, part: Part<'a>, errors: &mut Errors) {
        if mark == Mark::Skip {
            return;
        }
        if mark == Mark::Id {
            match &self.id {
                Some(first) => errors.at(
                    part.span,
                    format!(
                        "a user has one id, and `{}` is it: mark one field",
                        first.name
                    ),
                ),
                None => self.id = Some(part),
            }
            return;
        }
        // An attribute without a name of its own has the field's.
        let mark = match mark {
            Mark::Attr(None) => Mark::Attr(Some(part.name.clone())),
            mark => mark,
        };
        match self.others.iter().find(|(before, _)| *before == mark) {
            Some((_, first)) => errors.at(
                part.span,
                format!(
                    "`{}` has this mark already: a user has one of each",
                    first.name
                ),
            ),
            None => self.others.push((mark, part)),
        }
    }
}

/// The field that is called `id` or `user_id`, where none is marked.
fn implied_id<'a>(
    input: &DeriveInput,
    data: &DataStruct,
    unmarked: Vec<Part<'a>>,
    errors: &mut Errors,
) -> Option<Part<'a>> {
    let named: Vec<Part<'a>> = unmarked
        .into_iter()
        .filter(|part| part.name == "id" || part.name == "user_id")
        .collect();
    match <[Part<'a>; 1]>::try_from(named) {
        Ok([only]) => Some(only),
        // Other mistakes may be why no id is known.
        Err(_) if !errors.is_empty() => None,
        Err(several) if several.is_empty() => {
            let names = data
                .fields
                .iter()
                .enumerate()
                .map(|(at, field)| part(at, field, Span::call_site(), None).name);
            let fields = match listed(names) {
                none if none.is_empty() => "it has no fields".to_owned(),
                names => format!("put `#[whose(id)]` on one of {names}"),
            };
            let name = &input.ident;
            errors.over(
                name,
                format!(
                    "which field is the id of `{name}`? None is called `id` or `user_id`: {fields}"
                ),
            );
            None
        }
        Err(_) => {
            errors.over(
                &input.ident,
                "`id` and `user_id` could both be the id: put `#[whose(id)]` on one",
            );
            None
        }
    }
}

fn expand(input: &DeriveInput, whose: &TokenStream, parts: &Parts<'_>) -> TokenStream {
    let mut bounds = Vec::new();
    let mut user = match &parts.id {
        Some(id) => {
            let id = id.value("AsId", &mut bounds);
            quote!(#whose::User::new(#id))
        }
        None => quote!(#whose::User::without_id()),
    };
    for (mark, part) in &parts.others {
        match mark {
            Mark::Text(method) => {
                let value = part.value("AsText", &mut bounds);
                let method = format_ident!("{method}");
                user.extend(quote!(.#method(#value)));
            }
            Mark::Attr(name) => {
                let value = part.value("AsValue", &mut bounds);
                let name = name.as_ref().unwrap_or(&part.name);
                let name = LitStr::new(name, Span::mixed_site());
                user.extend(quote!(.with_attr(#name, #value)));
            }
            Mark::Id | Mark::Skip => {}
        }
    }
    implement(
        input,
        whose,
        "AsUser",
        &bounds,
        &as_user_method(whose, &user),
    )
}

impl Part<'_> {
    /// What is taken, by reference; the field's own type has to be `bound`.
    fn value(&self, bound: &'static str, bounds: &mut Vec<(Type, &'static str)>) -> TokenStream {
        let member = &self.member;
        let field = reference(quote!(self.#member), &self.ty.to_token_stream());
        match &self.with {
            Some(with) => reference(quote!(#with(#field)), &with.to_token_stream()),
            None => {
                bounds.push((self.ty.clone(), bound));
                field
            }
        }
    }
}
