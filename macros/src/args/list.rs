//! Comma-separated lists, parsed with recovery after an error.

use proc_macro2::{TokenStream, TokenTree};
use quote::ToTokens;
use syn::parse::{ParseStream, Parser};
use syn::Token;

use crate::diag::Errors;

/// Parses elements between commas; after an error, continues after the next comma.
pub(super) fn each<T>(
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

/// Returns whether an element ends here.
pub(super) fn at_end(input: ParseStream) -> bool {
    input.is_empty() || input.peek(Token![,])
}

fn skip_to_comma(input: ParseStream) -> syn::Result<()> {
    until_comma(input).map(drop)
}

pub(super) fn until_comma(input: ParseStream) -> syn::Result<TokenStream> {
    let mut tokens = TokenStream::new();
    while !at_end(input) {
        input.parse::<TokenTree>()?.to_tokens(&mut tokens);
    }
    Ok(tokens)
}
