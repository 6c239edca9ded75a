//! Questions about tokens that are not parsed.

use proc_macro2::{Ident, TokenStream, TokenTree};

/// Whether the token is that word.
pub(crate) fn is_word(token: Option<&TokenTree>, word: &str) -> bool {
    matches!(token, Some(TokenTree::Ident(ident)) if ident == word)
}

/// Whether the token is that sign.
pub(crate) fn is_punct(token: Option<&TokenTree>, ch: char) -> bool {
    matches!(token, Some(TokenTree::Punct(punct)) if punct.as_char() == ch)
}

/// Whether the word stands somewhere in the tokens.
pub(crate) fn mentions<T: ?Sized>(tokens: &TokenStream, name: &T) -> bool
where
    Ident: PartialEq<T>,
{
    tokens.clone().into_iter().any(|token| match token {
        TokenTree::Ident(word) => word == *name,
        TokenTree::Group(group) => mentions(&group.stream(), name),
        TokenTree::Punct(_) | TokenTree::Literal(_) => false,
    })
}
