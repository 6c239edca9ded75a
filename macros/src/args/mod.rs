//! What was written: the arguments of every macro, before anyone asks whether they make sense.

use proc_macro2::{Group, Span, TokenStream, TokenTree};
use quote::{quote, quote_spanned, ToTokens};
use syn::ext::IdentExt;
use syn::parse::{Parse, ParseStream, Parser};
use syn::{token, Expr, Ident, Lit, Token};

use crate::diag::Errors;
use crate::keys::{lookup, Form, Macro, Spec};

mod entries;

pub(crate) use entries::{parse_entries, parse_idents, Entry, Name};

/// One argument.
#[derive(Clone)]
pub(crate) struct Arg {
    /// `None` for an expression that stands alone.
    pub(crate) key: Option<Ident>,
    pub(crate) written: Written,
}

#[derive(Clone)]
pub(crate) enum Written {
    /// `key`
    Bare,
    /// `key = EXPR`, or `EXPR` alone
    Value(Value),
    /// `key(..)`
    List(Group),
}

/// An expression and how its value is taken.
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
        let Self { key, written } = self;
        tokens.extend(match (key, written) {
            (None, Written::Bare) => TokenStream::new(),
            (Some(key), Written::Bare) => quote!(#key),
            (None, Written::Value(value)) => quote!(#value),
            (Some(key), Written::Value(value)) => quote!(#key = #value),
            (_, Written::List(list)) => quote!(#key #list),
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

/// Reads the arguments of `mac`; those that cannot be read are reported and left out.
pub(crate) fn parse(mac: Macro, tokens: TokenStream, errors: &mut Errors) -> Vec<Arg> {
    let mut first = true;
    each(tokens, errors, |input| {
        let at_start = std::mem::take(&mut first);
        parse_arg(mac, at_start, input)
    })
}

/// Reads elements between commas; after one that cannot be read, goes on behind the next comma.
fn each<T>(
    tokens: TokenStream,
    errors: &mut Errors,
    mut element: impl FnMut(ParseStream) -> syn::Result<T>,
) -> Vec<T> {
    let read = |input: ParseStream| {
        let mut elements = Vec::new();
        while !input.is_empty() {
            match element(input) {
                Ok(_) if !at_end(input) => {
                    errors.push(input.error("expected `,` before this"));
                    skip_to_comma(input)?;
                }
                Ok(element) => elements.push(element),
                Err(error) => {
                    errors.push(error);
                    skip_to_comma(input)?;
                }
            }
            input.parse::<Option<Token![,]>>()?;
        }
        Ok(elements)
    };
    match read.parse2(tokens) {
        Ok(elements) => elements,
        Err(error) => {
            errors.push(error);
            Vec::new()
        }
    }
}

/// Whether an element ends here.
fn at_end(input: ParseStream) -> bool {
    input.is_empty() || input.peek(Token![,])
}

fn skip_to_comma(input: ParseStream) -> syn::Result<()> {
    until_comma(input).map(drop)
}

fn parse_arg(mac: Macro, at_start: bool, input: ParseStream) -> syn::Result<Arg> {
    let ahead = input.fork();
    let assigned =
        input.peek(Ident::peek_any) && input.peek2(Token![=]) && !input.peek2(Token![==]);
    let is_crate = input.peek(Token![crate]) && !input.peek2(Token![::]);
    if !assigned && !is_crate && !input.peek(Ident) {
        return parse_positional(input);
    }
    let key = ahead.call(Ident::parse_any)?;
    let spec = lookup(mac, &key.to_string());
    if assigned {
        return parse_assigned(key, spec, input);
    }
    if at_end(&ahead) {
        input.call(Ident::parse_any)?;
        return Ok(Arg {
            key: Some(key),
            written: Written::Bare,
        });
    }
    if ahead.peek(token::Paren) {
        let list: Group = ahead.parse()?;
        let ends = at_end(&ahead);
        let takes_list =
            spec.is_some_and(|spec| matches!(spec.form, Form::List | Form::FlagOrList));
        // A call is an expression, but `atrs(plan = x)` is a slip of the pen.
        let is_call = at_start && mac.positional().is_some() && !looks_like_entries(&list);
        if ends && (takes_list || !is_call) {
            input.parse::<Ident>()?;
            return Ok(Arg {
                key: Some(key),
                written: Written::List(input.parse()?),
            });
        }
        return parse_positional(input);
    }
    let colon = ahead.peek(Token![:]) && !ahead.peek(Token![::]);
    if colon || ahead.peek(Lit) || ahead.peek(Ident) {
        let usage = spec.map_or("key = EXPR", |spec| spec.usage);
        let message = format!("expected `=` or `,` after `{key}`: write `{usage}`");
        return Err(syn::Error::new(ahead.span(), message));
    }
    parse_positional(input)
}

fn parse_positional(input: ParseStream) -> syn::Result<Arg> {
    Ok(Arg {
        key: None,
        written: Written::Value(input.parse()?),
    })
}

/// Reads `key = EXPR`, which is there.
fn parse_assigned(key: Ident, spec: Option<&Spec>, input: ParseStream) -> syn::Result<Arg> {
    input.call(Ident::parse_any)?;
    input.parse::<Token![=]>()?;
    if at_end(input) {
        let usage = spec.map_or("key = EXPR", |spec| spec.usage);
        let message = format!("`{key}` has no value: write `{usage}`");
        return Err(syn::Error::new(key.span(), message));
    }
    let value = match spec {
        Some(_) => input.parse()?,
        // The key is the mistake, whatever stands behind it.
        None => Value {
            sigil: Sigil::None,
            expr: Expr::Verbatim(until_comma(input)?),
        },
    };
    Ok(Arg {
        key: Some(key),
        written: Written::Value(value),
    })
}

fn until_comma(input: ParseStream) -> syn::Result<TokenStream> {
    let mut tokens = TokenStream::new();
    while !at_end(input) {
        input.parse::<TokenTree>()?.to_tokens(&mut tokens);
    }
    Ok(tokens)
}

/// Whether `(k = ..` or `("k" = ..` stands there, which is not a call.
fn looks_like_entries(list: &Group) -> bool {
    let mut tokens = list.stream().into_iter();
    let name = tokens.next();
    let then = tokens.next();
    let after = tokens.next();
    let is = |token: &Option<TokenTree>, ch| matches!(token, Some(TokenTree::Punct(punct)) if punct.as_char() == ch);
    matches!(name, Some(TokenTree::Ident(_) | TokenTree::Literal(_)))
        && is(&then, '=')
        && !is(&after, '=')
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
