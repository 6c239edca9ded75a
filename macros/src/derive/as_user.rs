//! The derive macro `AsUser`.

use proc_macro2::{Span, TokenStream};
use quote::{format_ident, quote, quote_spanned, ToTokens};
use syn::ext::IdentExt;
use syn::spanned::Spanned;
use syn::{DataStruct, DeriveInput, Field, Fields, Index, LitStr, Path, Type};

use super::field_attrs::{self, FieldAttr, PlacedAttr};
use super::implement::{as_struct, as_user_method, implement, whose};
use crate::diag::{listed, Errors};
use crate::spans::{reference, shown_at};

/// The fields of the user.
struct UserFields<'a> {
    id: Option<UserField<'a>>,
    others: Vec<(FieldAttr, UserField<'a>)>,
}

#[derive(Clone)]
struct UserField<'a> {
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
    let fields = fields(input, data, &mut errors);
    if !errors.is_empty() {
        return errors.into_tokens();
    }
    expand(input, &whose, &fields)
}

/// Returns the field of a newtype without an attribute, which is the user itself.
fn newtype(data: &DataStruct) -> Option<&Field> {
    let Fields::Unnamed(fields) = &data.fields else {
        return None;
    };
    let only = fields
        .unnamed
        .first()
        .filter(|_| fields.unnamed.len() == 1)?;
    let is_marked = field_attrs::own(&only.attrs).next().is_some();
    (!is_marked).then_some(only)
}

fn fields<'a>(input: &DeriveInput, data: &'a DataStruct, errors: &mut Errors) -> UserFields<'a> {
    let mut fields = UserFields {
        id: None,
        others: Vec::new(),
    };
    let mut without_attrs = Vec::new();
    for (at, field) in data.fields.iter().enumerate() {
        let field_attrs = field_attrs::of(field, errors);
        if field_attrs::own(&field.attrs).next().is_none() {
            without_attrs.push(user_field(at, field, Span::mixed_site(), None));
        }
        for PlacedAttr { attr, span, with } in field_attrs {
            fields.add(attr, user_field(at, field, span, with), errors);
        }
    }
    if fields.id.is_none() {
        fields.id = implied_id(input, data, without_attrs, errors);
    }
    fields
}

fn user_field(at: usize, field: &Field, span: Span, with: Option<Path>) -> UserField<'_> {
    let (member, name) = match &field.ident {
        Some(ident) => (ident.to_token_stream(), ident.unraw().to_string()),
        None => (Index::from(at).to_token_stream(), at.to_string()),
    };
    UserField {
        member,
        name,
        ty: &field.ty,
        span,
        with,
    }
}

impl<'a> UserFields<'a> {
    fn add(&mut self, attr: FieldAttr, field: UserField<'a>, errors: &mut Errors) {
        if attr == FieldAttr::Skip {
            return;
        }
        if attr == FieldAttr::Id {
            match &self.id {
                Some(first) => errors.at(
                    field.span,
                    format!(
                        "a user has one id, and `{}` is marked already: mark one field",
                        first.name
                    ),
                ),
                None => self.id = Some(field),
            }
            return;
        }
        // The default name of an attribute is the name of the field.
        let attr = match attr {
            FieldAttr::Attr(None) => FieldAttr::Attr(Some(field.name.clone())),
            attr => attr,
        };
        match self.others.iter().find(|(before, _)| *before == attr) {
            Some((_, first)) => errors.at(
                field.span,
                format!(
                    "`{}` has this attribute already: a user has one of each",
                    first.name
                ),
            ),
            None => self.others.push((attr, field)),
        }
    }
}

/// Returns the field named `id` or `user_id`, if no field has the attribute.
fn implied_id<'a>(
    input: &DeriveInput,
    data: &DataStruct,
    without_attrs: Vec<UserField<'a>>,
    errors: &mut Errors,
) -> Option<UserField<'a>> {
    let named: Vec<UserField<'a>> = without_attrs
        .into_iter()
        .filter(|field| field.name == "id" || field.name == "user_id")
        .collect();
    match <[UserField<'a>; 1]>::try_from(named) {
        Ok([only]) => Some(only),
        // The missing id may be a consequence of another error.
        Err(_) if !errors.is_empty() => None,
        Err(several) if several.is_empty() => {
            let names = data
                .fields
                .iter()
                .enumerate()
                .map(|(at, field)| user_field(at, field, Span::call_site(), None).name);
            let fields = match listed(names) {
                none if none.is_empty() => "it has no fields".to_owned(),
                names => format!("put `#[whose(id)]` on one of {names}"),
            };
            let name = &input.ident;
            errors.over(
                name,
                format!("`{name}` has no id: no field is named `id` or `user_id`; {fields}"),
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

fn expand(input: &DeriveInput, whose: &TokenStream, fields: &UserFields<'_>) -> TokenStream {
    let mut bounds = Vec::new();
    let mut user = match &fields.id {
        Some(id) => {
            let id = id.value("AsId", &mut bounds);
            quote!(#whose::User::new(#id))
        }
        None => quote!(#whose::User::without_id()),
    };
    for (attr, field) in &fields.others {
        match attr {
            FieldAttr::Text(method) => {
                let value = field.value("AsText", &mut bounds);
                let method = format_ident!("{method}");
                user.extend(quote!(.#method(#value)));
            }
            FieldAttr::Attr(name) => {
                let value = field.value("AsValue", &mut bounds);
                let name = name.as_ref().unwrap_or(&field.name);
                let name = LitStr::new(name, Span::mixed_site());
                user.extend(quote!(.with_attr(#name, #value)));
            }
            FieldAttr::Id | FieldAttr::Skip => {}
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

impl UserField<'_> {
    /// Returns the value by reference, and adds the bound of the field's type.
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
