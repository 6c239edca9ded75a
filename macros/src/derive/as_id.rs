//! The derive macro `AsId`.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned, ToTokens};
use syn::spanned::Spanned;
use syn::{DeriveInput, Index};

use super::implement::{as_struct, as_user_method, implement, whose};
use crate::diag::Errors;
use crate::spans::{mixed_site_at, reference, shown_at};

pub(crate) fn as_id(input: &DeriveInput) -> TokenStream {
    let mut errors = Errors::default();
    let whose = whose(input, &mut errors);
    let Some(data) = as_struct(input, "AsId", &mut errors) else {
        return errors.into_tokens();
    };
    let mut fields = data.fields.iter();
    let (Some(field), None) = (fields.next(), fields.next()) else {
        let name = &input.ident;
        errors.over(
            name,
            format!(
                "`AsId` is derived for a struct with one field, and `{name}` has {}: \
                 if one of them is the id of a user, write `#[derive(whose::AsUser)]`",
                data.fields.len()
            ),
        );
        return errors.into_tokens();
    };
    if !errors.is_empty() {
        return errors.into_tokens();
    }
    let ty = &field.ty;
    let member = match &field.ident {
        Some(ident) => ident.to_token_stream(),
        None => Index::from(0).to_token_stream(),
    };
    let value = reference(quote!(self.#member), &ty.to_token_stream());
    let shown = shown_at(&whose, ty.span());
    let as_id = quote_spanned!(mixed_site_at(ty.span())=> #shown::AsId::as_id);
    let id = quote! {
        fn as_id(&self) -> ::core::option::Option<#whose::__private::Cow<'_, ::core::primitive::str>> {
            #as_id(#value)
        }
    };
    let user = as_user_method(&whose, &quote!(#whose::User::new(self)));
    let bounds = [(ty.clone(), "AsId")];
    let id = implement(input, &whose, "AsId", &bounds, &id);
    let user = implement(input, &whose, "AsUser", &bounds, &user);
    quote!(#id #user)
}
