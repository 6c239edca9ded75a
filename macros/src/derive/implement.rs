//! Shared parts of the derives.

use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use quote::{quote, ToTokens};
use syn::parse::ParseStream;
use syn::{Data, DataStruct, DeriveInput, Generics, Path, Token, Type};

use super::field_attrs;
use crate::diag::Errors;
use crate::spans::own_path;

/// Returns the struct; reports an enum or a union.
pub(super) fn as_struct<'a>(
    input: &'a DeriveInput,
    derive: &str,
    errors: &mut Errors,
) -> Option<&'a DataStruct> {
    let (span, noun) = match &input.data {
        Data::Struct(data) => return Some(data),
        Data::Enum(data) => (data.enum_token.span, "an enum"),
        Data::Union(data) => (data.union_token.span, "a union"),
    };
    let name = &input.ident;
    errors.at(
        span,
        format!(
            "`{derive}` is derived for a struct, and `{name}` is {noun}: write `impl whose::{derive} for {name}`"
        ),
    );
    None
}

/// Returns `impl TRAIT for NAME` with a bound for each type that contains a type parameter.
pub(super) fn implement(
    input: &DeriveInput,
    whose: &TokenStream,
    name: &str,
    bounds: &[(Type, &str)],
    body: &TokenStream,
) -> TokenStream {
    let mut generics = input.generics.clone();
    for (ty, bound) in bounds {
        if mentions_parameter(ty, &input.generics) {
            let bound = local(bound);
            let bound = quote!(#whose::#bound);
            generics
                .make_where_clause()
                .predicates
                .push(syn::parse_quote!(#ty: #bound));
        }
    }
    let (impl_generics, _, where_clause) = generics.split_for_impl();
    let (_, ty_generics, _) = input.generics.split_for_impl();
    let (name, ident) = (local(name), &input.ident);
    quote! {
        #[automatically_derived]
        impl #impl_generics #whose::#name for #ident #ty_generics #where_clause {
            #body
        }
    }
}

/// Returns `fn as_user`, which returns `None` for an empty user.
pub(super) fn as_user_method(whose: &TokenStream, user: &TokenStream) -> TokenStream {
    let user_local = local("__whose_user");
    quote! {
        fn as_user(&self) -> ::core::option::Option<#whose::User> {
            let #user_local = #user;
            if #user_local.is_empty() {
                ::core::option::Option::None
            } else {
                ::core::option::Option::Some(#user_local)
            }
        }
    }
}

fn local(name: &str) -> Ident {
    Ident::new(name, Span::mixed_site())
}

/// Returns the path of the crate `whose`, which `#[whose(crate = path)]` on the type can change.
pub(super) fn whose(input: &DeriveInput, errors: &mut Errors) -> TokenStream {
    let mut whose = own_path();
    for attr in field_attrs::own(&input.attrs) {
        let parsed = attr.parse_args_with(|input: ParseStream| {
            input.parse::<Token![crate]>()?;
            input.parse::<Token![=]>()?;
            input.call(Path::parse_mod_style)
        });
        match parsed {
            Ok(path) => whose = path.to_token_stream(),
            Err(error) => errors.at(
                error.span(),
                "on the type itself, write `#[whose(crate = path)]`: the other attributes are for fields",
            ),
        }
    }
    whose
}

/// Returns whether `ty` contains a type parameter.
fn mentions_parameter(ty: &Type, generics: &Generics) -> bool {
    let names: Vec<&Ident> = generics.type_params().map(|param| &param.ident).collect();
    mentions(ty.to_token_stream(), &names)
}

fn mentions(tokens: TokenStream, names: &[&Ident]) -> bool {
    tokens.into_iter().any(|token| match token {
        TokenTree::Ident(word) => names.contains(&&word),
        TokenTree::Group(group) => mentions(group.stream(), names),
        _ => false,
    })
}
