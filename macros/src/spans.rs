//! Spans of generated tokens: they resolve at the macro, and errors point at the user's code.

use proc_macro2::{Delimiter, Group, Punct, Spacing, Span, TokenStream, TokenTree};
use quote::{quote, quote_spanned};

/// Returns a span with mixed-site hygiene at the location of `span`; lints skip such tokens.
pub(crate) fn mixed_site_at(span: Span) -> Span {
    Span::mixed_site().located_at(span)
}

/// Returns the default path of the crate `whose`.
pub(crate) fn own_path() -> TokenStream {
    quote_spanned!(Span::mixed_site()=> ::whose)
}

/// Moves the tokens of a path to the location of `span` without a change of their resolution.
pub(crate) fn shown_at(path: &TokenStream, span: Span) -> TokenStream {
    let moved = |mut token: TokenTree| {
        token.set_span(token.span().located_at(span));
        token
    };
    path.clone().into_iter().map(moved).collect()
}

/// Returns the spans of the first and the last token.
pub(crate) fn ends(tokens: &TokenStream) -> (Span, Span) {
    let mut spans = tokens.clone().into_iter().map(|token| token.span());
    let first = spans.next().unwrap_or_else(Span::call_site);
    (first, spans.last().unwrap_or(first))
}

/// Returns `&(value)`; its errors underline the tokens of `shown`.
pub(crate) fn reference(value: TokenStream, shown: &TokenStream) -> TokenStream {
    let (first, last) = ends(shown);
    let mut and = Punct::new('&', Spacing::Alone);
    and.set_span(mixed_site_at(first));
    // With the span of the last token, the parentheses end where that token ends.
    let mut inner = Group::new(Delimiter::Parenthesis, value);
    inner.set_span(mixed_site_at(last));
    quote!(#and #inner)
}
