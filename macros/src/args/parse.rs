//! The parser of macro arguments.

use proc_macro2::{Group, TokenStream, TokenTree};
use syn::ext::IdentExt;
use syn::parse::ParseStream;
use syn::{token, Expr, Ident, Lit, Token};

use super::arg::{Arg, ArgValue, Sigil, Value};
use super::list::{at_end, each, until_comma};
use crate::diag::Errors;
use crate::keys::{lookup, ArgForm, KeySpec, Macro};

/// Parses the arguments of `mac`; reports and skips the invalid ones.
pub(crate) fn parse(mac: Macro, tokens: TokenStream, errors: &mut Errors) -> Vec<Arg> {
    let mut first = true;
    each(tokens, errors, |input| {
        let at_start = std::mem::take(&mut first);
        parse_arg(mac, at_start, input)
    })
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
            value: ArgValue::Bare,
        });
    }
    if ahead.peek(token::Paren) {
        let list: Group = ahead.parse()?;
        let ends = at_end(&ahead);
        let takes_list =
            spec.is_some_and(|spec| matches!(spec.form, ArgForm::List | ArgForm::FlagOrList));
        // A call is an expression, but `atrs(plan = x)` is a misspelled key.
        let is_call = at_start && mac.positional().is_some() && !looks_like_entries(&list);
        if ends && (takes_list || !is_call) {
            input.parse::<Ident>()?;
            return Ok(Arg {
                key: Some(key),
                value: ArgValue::List(input.parse()?),
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
        value: ArgValue::Value(input.parse()?),
    })
}

/// Parses `key = EXPR`.
fn parse_assigned(key: Ident, spec: Option<&KeySpec>, input: ParseStream) -> syn::Result<Arg> {
    input.call(Ident::parse_any)?;
    input.parse::<Token![=]>()?;
    if at_end(input) {
        let usage = spec.map_or("key = EXPR", |spec| spec.usage);
        let message = format!("`{key}` has no value: write `{usage}`");
        return Err(syn::Error::new(key.span(), message));
    }
    let value = match spec {
        Some(_) => input.parse()?,
        // The key is the error, whatever its value is.
        None => Value {
            sigil: Sigil::None,
            expr: Expr::Verbatim(until_comma(input)?),
        },
    };
    Ok(Arg {
        key: Some(key),
        value: ArgValue::Value(value),
    })
}

/// Returns whether the list starts with `(k = ..` or `("k" = ..`, which is not a call.
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
