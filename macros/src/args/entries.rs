//! Lists of names and values: `attrs(..)`, `tags(..)`, `fields(..)`, `input(..)`.

use proc_macro2::{Group, Span, TokenStream};
use quote::{quote, ToTokens};
use syn::ext::IdentExt;
use syn::parse::{Parse, ParseStream};
use syn::{token, ExprBlock, Ident, LitStr, Token};

use super::arg::{Sigil, Value};
use super::list::{at_end, each};
use crate::diag::Errors;

/// One element of `attrs(..)`, `tags(..)`, `fields(..)` and `input(..)`.
#[derive(Clone)]
pub(crate) struct Entry {
    pub(crate) name: Name,
    pub(crate) value: Value,
    /// Whether the name alone was written, which is also the expression.
    pub(crate) shorthand: bool,
}

#[derive(Clone)]
pub(crate) enum Name {
    /// `a`, `a.b`: also the expression if none is given
    Dotted(Vec<Ident>),
    /// `"a.b"`
    Text(LitStr),
    /// `{ CONST }`
    Const(ExprBlock),
}

impl Name {
    /// Returns the name, unless it is a constant.
    pub(crate) fn text(&self) -> Option<String> {
        match self {
            Self::Dotted(parts) => {
                let parts: Vec<String> = parts.iter().map(|p| p.unraw().to_string()).collect();
                Some(parts.join("."))
            }
            Self::Text(text) => Some(text.value()),
            Self::Const(_) => None,
        }
    }
}

impl Name {
    /// Returns the span of the name.
    pub(crate) fn span(&self) -> Span {
        match self {
            Self::Dotted(parts) => parts.first().map_or_else(Span::call_site, Ident::span),
            Self::Text(text) => text.span(),
            Self::Const(block) => block.block.brace_token.span.join(),
        }
    }
}

impl ToTokens for Name {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        match self {
            Self::Dotted(parts) => tokens.extend(quote!(#(#parts).*)),
            Self::Text(text) => text.to_tokens(tokens),
            Self::Const(block) => block.to_tokens(tokens),
        }
    }
}

/// Parses a list of names and values.
pub(crate) fn parse_entries(list: &Group, errors: &mut Errors) -> Vec<Entry> {
    each(list.stream(), errors, Entry::parse)
}

/// Parses a list of names.
pub(crate) fn parse_idents(list: &Group, errors: &mut Errors) -> Vec<Ident> {
    each(list.stream(), errors, |input| {
        if input.peek(Ident::peek_any) {
            return input.call(Ident::parse_any);
        }
        Err(input.error("expected the name of an argument"))
    })
}

impl ToTokens for Entry {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        let Self { name, value, .. } = self;
        if self.shorthand {
            value.to_tokens(tokens);
        } else {
            tokens.extend(quote!(#name = #value));
        }
    }
}

impl Parse for Entry {
    fn parse(input: ParseStream) -> syn::Result<Self> {
        let sigil = Sigil::parse(input)?;
        let name = Name::parse(input)?;
        let shown = match &name {
            Name::Dotted(_) => name.text().unwrap_or_default(),
            Name::Text(_) | Name::Const(_) => name.to_token_stream().to_string(),
        };
        if input.peek(Token![=]) {
            let eq: Token![=] = input.parse()?;
            if !matches!(sigil, Sigil::None) {
                let message = format!("write the sigil before the value: `{shown} = %EXPR`");
                return Err(syn::Error::new(eq.span, message));
            }
            if !at_end(input) {
                return Ok(Self {
                    name,
                    value: input.parse()?,
                    shorthand: false,
                });
            }
        } else if !at_end(input) {
            let message = format!("expected `=` or `,` after `{shown}`: write `{shown} = EXPR`");
            return Err(input.error(message));
        } else if let Name::Dotted(parts) = &name {
            let expr = syn::parse2(quote!(#(#parts).*))?;
            return Ok(Self {
                name,
                value: Value { sigil, expr },
                shorthand: true,
            });
        }
        let message = format!("`{shown}` has no value: write `{shown} = EXPR`");
        Err(syn::Error::new_spanned(&name, message))
    }
}

impl Parse for Name {
    fn parse(input: ParseStream) -> syn::Result<Self> {
        if input.peek(LitStr) {
            return input.parse().map(Self::Text);
        }
        if input.peek(token::Brace) {
            return input.parse().map(Self::Const);
        }
        if !input.peek(Ident::peek_any) {
            return Err(
                input.error("expected a name: write `name = EXPR`, `\"a name\" = EXPR` or `name`")
            );
        }
        let mut parts = vec![input.call(Ident::parse_any)?];
        while input.peek(Token![.]) {
            input.parse::<Token![.]>()?;
            if !input.peek(Ident::peek_any) {
                return Err(input.error("a name cannot contain a tuple index: write `name = EXPR`"));
            }
            parts.push(input.call(Ident::parse_any)?);
        }
        Ok(Self::Dotted(parts))
    }
}
