//! Where errors are shown: the names of our tokens are ours, their places are the user's.

use proc_macro2::{Delimiter, Group, Punct, Spacing, Span, TokenStream, TokenTree};
use quote::{quote, quote_spanned};

/// A token of ours that is shown at `place`: no lint takes it for the user's own.
pub(crate) fn mixed_site_at(span: Span) -> Span {
    Span::mixed_site().located_at(span)
}

/// The path of the crate `whose`, where nobody gives another one.
pub(crate) fn own_path() -> TokenStream {
    quote_spanned!(Span::mixed_site()=> ::whose)
}

/// The tokens of a path, shown at `place`; they mean what they meant.
pub(crate) fn shown_at(path: &TokenStream, span: Span) -> TokenStream {
    let moved = |mut token: TokenTree| {
        token.set_span(token.span().located_at(span));
        token
    };
    path.clone().into_iter().map(moved).collect()
}

/// The first and the last place of the tokens.
pub(crate) fn ends(tokens: &TokenStream) -> (Span, Span) {
    let mut spans = tokens.clone().into_iter().map(|token| token.span());
    let first = spans.next().unwrap_or_else(Span::call_site);
    (first, spans.last().unwrap_or(first))
}

/// `&(value)`, whose errors underline the tokens of `shown`, and nothing more.
pub(crate) fn reference(value: TokenStream, shown: &TokenStream) -> TokenStream {
    let (first, last) = ends(shown);
    let mut and = Punct::new('&', Spacing::Alone);
    and.set_span(mixed_site_at(first));
    // Placed at the last token, the parentheses end where it ends.
    let mut inner = Group::new(Delimiter::Parenthesis, value);
    inner.set_span(mixed_site_at(last));
    quote!(#and #inner)
}
