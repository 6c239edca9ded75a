//! A body that ends in `Box::pin(..)`.

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};

use crate::item::without_fragment;
use crate::tokens::{is_punct, is_word};

/// What `Box::pin` is given at the end of a body, and what stands before.
pub(crate) struct Boxed {
    pub(crate) before: TokenStream,
    pub(crate) inside: TokenStream,
}

/// Reads a body that ends in `Box::pin(..)`.
pub(crate) fn boxed(body: TokenStream) -> Option<Boxed> {
    let mut before: Vec<TokenTree> = body.into_iter().collect();
    let inside = argument(before.pop()?)?;
    let at = box_pin(&before)?;
    Some(Boxed {
        before: before.drain(..at).collect(),
        inside: inside.into_iter().collect(),
    })
}

/// `Box::pin(async move { .. })` at the end of a body.
pub(crate) struct Ending {
    /// What stands before the parentheses.
    pub(crate) before: Vec<TokenTree>,
    pub(crate) asyncness: TokenStream,
    pub(crate) block: Group,
}

/// Reads a body that ends in `Box::pin(async move { .. })`.
pub(crate) fn ending(body: TokenStream) -> Option<Ending> {
    let mut before: Vec<TokenTree> = body.into_iter().collect();
    let inside = argument(before.pop()?)?;
    box_pin(&before)?;
    let (asyncness, block) = async_block(inside)?;
    Some(Ending {
        before,
        asyncness,
        block,
    })
}

/// The one argument in parentheses.
fn argument(parentheses: TokenTree) -> Option<Vec<TokenTree>> {
    let TokenTree::Group(group) = parentheses else {
        return None;
    };
    if group.delimiter() != Delimiter::Parenthesis {
        return None;
    }
    let mut inside: Vec<TokenTree> = group.stream().into_iter().collect();
    if is_punct(inside.last(), ',') {
        inside.pop();
    }
    Some(inside)
}

/// `async` or `async move`, and the block behind, if the tokens are nothing else.
pub(crate) fn async_block(mut tokens: Vec<TokenTree>) -> Option<(TokenStream, Group)> {
    let Some(TokenTree::Group(block)) = tokens.pop().map(without_fragment) else {
        return None;
    };
    let is_async = match tokens.as_slice() {
        [word] => is_word(Some(word), "async"),
        [word, moves] => is_word(Some(word), "async") && is_word(Some(moves), "move"),
        _ => false,
    };
    (is_async && block.delimiter() == Delimiter::Brace)
        .then(|| (tokens.into_iter().collect(), block))
}

/// Where a statement's `Box::pin` begins at the end of the tokens, however `Box` is reached.
fn box_pin(tokens: &[TokenTree]) -> Option<usize> {
    let is_colons = |a: &TokenTree, b: &TokenTree| is_punct(Some(a), ':') && is_punct(Some(b), ':');
    let [head @ .., boxed, a, b, pin] = tokens else {
        return None;
    };
    if !is_word(Some(boxed), "Box") || !is_colons(a, b) || !is_word(Some(pin), "pin") {
        return None;
    }
    let mut before = head;
    while let [head @ .., a, b] = before {
        if !is_colons(a, b) {
            break;
        }
        before = match head {
            [head @ .., TokenTree::Ident(_)] => head,
            head => head,
        };
    }
    starts_statement(before).then_some(before.len())
}

/// Whether a new statement can begin behind these tokens.
fn starts_statement(before: &[TokenTree]) -> bool {
    match before.last() {
        None => true,
        Some(TokenTree::Punct(punct)) => punct.as_char() == ';',
        Some(TokenTree::Group(group)) => group.delimiter() == Delimiter::Brace,
        Some(_) => false,
    }
}
