//! The annotated item: a parsed signature, and a body that stays tokens.

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};
use quote::ToTokens;
use syn::parse::{ParseStream, Parser};
use syn::{Attribute, Ident, Signature, Token, Visibility};

use crate::diag::Errors;
use crate::keys::Macro;
use crate::tokens::without_fragment;

/// A function with a body.
pub(crate) struct Function {
    pub(crate) attrs: Vec<Attribute>,
    pub(crate) vis: Visibility,
    pub(crate) sig: Signature,
    /// The inner attributes of the body.
    pub(crate) inner_attrs: TokenStream,
    /// The body without the inner attributes, with its braces.
    pub(crate) body: Group,
}

impl Function {
    /// Returns the body for a position after generated statements.
    ///
    /// The body keeps its braces if it declares something, so that the attribute's expressions do
    /// not see the declarations. Braces around a single expression would cause a warning.
    pub(crate) fn unbraced_body(&self) -> TokenStream {
        const ITEMS: [&str; 9] = [
            "fn",
            "struct",
            "enum",
            "union",
            "impl",
            "trait",
            "mod",
            "extern",
            "macro_rules",
        ];
        let declares = |token: TokenTree| match token {
            TokenTree::Punct(punct) => punct.as_char() == ';',
            TokenTree::Ident(word) => ITEMS.iter().any(|item| word == item),
            TokenTree::Group(_) | TokenTree::Literal(_) => false,
        };
        if self.body.stream().into_iter().any(declares) {
            self.body.to_token_stream()
        } else {
            self.body.stream()
        }
    }
}

/// Parses the item below an attribute; reports anything but a function with a body.
pub(crate) fn parse(mac: Macro, item: TokenStream, errors: &mut Errors) -> Option<Function> {
    match (|input: ParseStream| parse_function(mac, input)).parse2(item) {
        Ok(function) => {
            if let Some(token) = &function.sig.constness {
                let message = format!(
                    "a `const fn` can run at compile time, where there is no user: remove `const`, or `{}`",
                    mac.name()
                );
                errors.at(token.span, message);
            }
            Some(function)
        }
        Err(error) => {
            errors.push(error);
            None
        }
    }
}

fn parse_function(mac: Macro, input: ParseStream) -> syn::Result<Function> {
    let attrs = input.call(Attribute::parse_outer)?;
    let vis: Visibility = input.parse()?;
    let ahead = input.fork();
    if ahead.parse::<Signature>().is_err() {
        if let Some(error) = not_a_function(mac, &input.fork()) {
            input.parse::<TokenStream>()?;
            return Err(error);
        }
    }
    let function = parse_body(attrs, vis, input);
    if function.is_err() {
        // The remaining tokens must not cause a second error.
        input.parse::<TokenStream>()?;
    }
    function
}

/// Parses the rest of a function: its signature and its body.
pub(crate) fn parse_body(
    attrs: Vec<Attribute>,
    vis: Visibility,
    input: ParseStream,
) -> syn::Result<Function> {
    let sig: Signature = input.parse()?;
    match without_fragment(input.parse()?) {
        TokenTree::Group(body) if body.delimiter() == Delimiter::Brace => {
            let (inner_attrs, body) = split_inner_attrs(&body);
            Ok(Function {
                attrs,
                vis,
                sig,
                inner_attrs,
                body,
            })
        }
        other => {
            let message = format!(
                "`{}` has no body here: put the attribute on the functions that implement it",
                sig.ident
            );
            Err(syn::Error::new(other.span(), message))
        }
    }
}

/// Returns the error for another kind of item, if the kind is recognised.
fn not_a_function(mac: Macro, input: ParseStream) -> Option<syn::Error> {
    let item: TokenStream = input.parse().ok()?;
    let mut words = item.into_iter().filter_map(|token| match token {
        TokenTree::Ident(word) => Some(word),
        _ => None,
    });
    let word = words.find(|word| {
        !["unsafe", "async", "default", "extern", "auto"]
            .iter()
            .any(|w| word == w)
    })?;
    let advice = match word.to_string().as_str() {
        "struct" | "union" if mac == Macro::WithUser => {
            "for a type that is a user, write `#[derive(whose::AsUser)]`"
        }
        "trait" => "put it on the methods, or on the `impl` blocks",
        _ => "put it on a function",
    };
    let noun = match word.to_string().as_str() {
        "struct" => "a struct",
        "union" => "a union",
        "enum" => "an enum",
        "trait" => "a trait",
        "mod" => "a module",
        "static" => "a static",
        "const" => "a constant",
        "type" => "a type alias",
        "use" => "an import",
        _ => return None,
    };
    let message = format!(
        "`{}` applies to functions, and this is {noun}: {advice}",
        mac.name()
    );
    Some(syn::Error::new(word.span(), message))
}

/// Splits the inner attributes from the rest of a block.
pub(crate) fn split_inner_attrs(body: &Group) -> (TokenStream, Group) {
    let split = |input: ParseStream| {
        let mut attrs = TokenStream::new();
        while input.peek(Token![#]) && input.peek2(Token![!]) {
            for _ in 0..3 {
                input.parse::<TokenTree>()?.to_tokens(&mut attrs);
            }
        }
        Ok((attrs, input.parse::<TokenStream>()?))
    };
    let (attrs, rest) = split
        .parse2(body.stream())
        .unwrap_or((TokenStream::new(), body.stream()));
    if attrs.is_empty() {
        // The original braces: a new pair would have a single span without an opening one.
        return (attrs, body.clone());
    }
    let mut inner = Group::new(Delimiter::Brace, rest);
    inner.set_span(body.span());
    (attrs, inner)
}

/// Returns whether the signature declares the lifetime.
pub(crate) fn has_lifetime(sig: &Signature, name: &str) -> bool {
    sig.generics
        .lifetimes()
        .any(|param| param.lifetime.ident == Ident::new(name, param.lifetime.ident.span()))
}
