//! An argument of a macro.

use proc_macro2::{Group, Span, TokenStream};
use quote::{quote, quote_spanned, ToTokens};
use syn::parse::{Parse, ParseStream};
use syn::{Expr, Ident, Token};

/// An argument.
#[derive(Clone)]
pub(crate) struct Arg {
    /// `None` for an expression without a key.
    pub(crate) key: Option<Ident>,
    pub(crate) value: ArgValue,
}

#[derive(Clone)]
pub(crate) enum ArgValue {
    /// `key`
    Bare,
    /// `key = EXPR`, or `EXPR` alone
    Value(Value),
    /// `key(..)`
    List(Group),
}

/// An expression with its sigil.
#[derive(Clone)]
pub(crate) struct Value {
    pub(crate) sigil: Sigil,
    pub(crate) expr: Expr,
}

#[derive(Clone, Copy)]
pub(crate) enum Sigil {
    None,
    /// `%`
    Display,
    /// `?`
    Debug(Span),
}

impl ToTokens for Arg {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        let Self { key, value } = self;
        tokens.extend(match (key, value) {
            (None, ArgValue::Bare) => TokenStream::new(),
            (Some(key), ArgValue::Bare) => quote!(#key),
            (None, ArgValue::Value(value)) => quote!(#value),
            (Some(key), ArgValue::Value(value)) => quote!(#key = #value),
            (_, ArgValue::List(list)) => quote!(#key #list),
        });
    }
}

impl ToTokens for Value {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        match self.sigil {
            Sigil::None => {}
            Sigil::Display => tokens.extend(quote!(%)),
            Sigil::Debug(span) => tokens.extend(quote_spanned!(span=> ?)),
        }
        self.expr.to_tokens(tokens);
    }
}

impl Parse for Value {
    fn parse(input: ParseStream) -> syn::Result<Self> {
        let sigil = Sigil::parse(input)?;
        Ok(Self {
            sigil,
            expr: input.parse()?,
        })
    }
}

impl Parse for Sigil {
    fn parse(input: ParseStream) -> syn::Result<Self> {
        if input.peek(Token![%]) {
            input.parse::<Token![%]>()?;
            return Ok(Self::Display);
        }
        let debug: Option<Token![?]> = input.parse()?;
        Ok(debug.map_or(Self::None, |mark| Self::Debug(mark.span)))
    }
}
