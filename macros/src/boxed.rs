//! Function bodies that end in `Box::pin(..)`.

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};

use crate::tokens::{calls_unknown_macro, is_punct, is_word, returns_early, without_fragment};

/// A body that ends in `Box::pin(..)`: the argument, and the tokens before.
pub(crate) struct Boxed {
    pub(crate) before: TokenStream,
    pub(crate) inside: TokenStream,
}

/// Parses a body that ends in `Box::pin(..)`.
pub(crate) fn boxed(body: TokenStream) -> Option<Boxed> {
    let mut before: Vec<TokenTree> = body.into_iter().collect();
    let inside = argument(before.pop()?)?;
    let at = box_pin(&before)?;
    Some(Boxed {
        before: before.drain(..at).collect(),
        inside: inside.into_iter().collect(),
    })
}

/// Applies `wrap` to the argument of `Box::pin` at every exit; `None` if the body has another exit
/// than `Box::pin(..)` at the end and `return Box::pin(..)`.
pub(crate) fn at_exits(
    body: TokenStream,
    wrap: &dyn Fn(TokenStream) -> TokenStream,
) -> Option<TokenStream> {
    let mut before: Vec<TokenTree> = body.into_iter().collect();
    let last = before.pop()?;
    box_pin(&before)?;
    let last = around_argument(last, wrap)?;
    if has_other_functions(&before) {
        return None;
    }
    let before = at_returns(before, wrap)?;
    Some(before.into_iter().chain([last]).collect())
}

/// Applies `wrap` to the argument of every `return Box::pin(..)`, except in `async` blocks, where
/// `return` leaves the block.
fn at_returns(
    tokens: Vec<TokenTree>,
    wrap: &dyn Fn(TokenStream) -> TokenStream,
) -> Option<Vec<TokenTree>> {
    let mut done: Vec<TokenTree> = Vec::new();
    // The position after the last `return` whose box has not been found yet.
    let mut returned = None;
    let mut is_given = false;
    for (at, token) in tokens.iter().cloned().enumerate() {
        if calls_unknown_macro(&tokens, at) {
            return None;
        }
        let is_end = is_punct(Some(&token), ';') || is_punct(Some(&token), ',');
        // The result of a method call on the box is returned, not the box.
        if std::mem::take(&mut is_given) && !is_end {
            return None;
        }
        let token = match (token, returned) {
            (TokenTree::Punct(sign), _) if sign.as_char() == '?' => return None,
            (TokenTree::Ident(word), _) if word == "return" => {
                returned = Some(done.len() + 1);
                word.into()
            }
            (TokenTree::Group(group), Some(at)) => {
                let is_box = box_pin(&done[at..]) == Some(0);
                (returned, is_given) = (None, true);
                around_argument(group.into(), wrap).filter(|_| is_box)?
            }
            (TokenTree::Punct(sign), Some(_)) if sign.as_char() == ';' => return None,
            (TokenTree::Group(group), None) if !follows_async(&done) => {
                let inside = at_returns(group.stream().into_iter().collect(), wrap)?;
                same_group(&group, inside.into_iter().collect()).into()
            }
            (token, _) => token,
        };
        done.push(token);
    }
    returned.is_none().then_some(done)
}

/// Returns whether the tokens contain a closure or a function, whose `return` leaves only itself.
fn has_other_functions(tokens: &[TokenTree]) -> bool {
    tokens.iter().enumerate().any(|(at, token)| match token {
        TokenTree::Ident(word) => word == "fn",
        TokenTree::Punct(sign) if sign.as_char() == '|' => {
            let before = at.checked_sub(1).map(|at| &tokens[at]);
            match before {
                // An or-pattern, a binary operation, or the end of the closure's arguments.
                Some(TokenTree::Ident(word)) => word == "move" || word == "return",
                Some(TokenTree::Literal(_) | TokenTree::Group(_)) => false,
                Some(TokenTree::Punct(sign)) => sign.as_char() != '|',
                None => true,
            }
        }
        TokenTree::Group(group) if !follows_async(&tokens[..at]) => {
            has_other_functions(&group.stream().into_iter().collect::<Vec<_>>())
        }
        _ => false,
    })
}

fn follows_async(before: &[TokenTree]) -> bool {
    match before {
        [.., word, moves] if is_word(Some(moves), "move") => is_word(Some(word), "async"),
        [.., word] => is_word(Some(word), "async"),
        [] => false,
    }
}

/// Applies `wrap` to the single argument in parentheses.
fn around_argument(
    parentheses: TokenTree,
    wrap: &dyn Fn(TokenStream) -> TokenStream,
) -> Option<TokenTree> {
    let TokenTree::Group(group) = &parentheses else {
        return None;
    };
    let inside = argument(parentheses.clone())?;
    if returns_early(&inside.iter().cloned().collect()) {
        return None;
    }
    Some(same_group(group, wrap(inside.into_iter().collect())).into())
}

fn same_group(group: &Group, inside: TokenStream) -> Group {
    let mut same = Group::new(group.delimiter(), inside);
    same.set_span(group.span());
    same
}

/// A body that ends in `Box::pin(async move { .. })`.
pub(crate) struct Ending {
    /// The tokens before the parentheses.
    pub(crate) before: Vec<TokenTree>,
    pub(crate) asyncness: TokenStream,
    pub(crate) block: Group,
}

/// Parses a body that ends in `Box::pin(async move { .. })`.
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

/// Returns the single argument in parentheses.
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

/// Splits `async { .. }` or `async move { .. }` into keywords and block.
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

/// Returns the position of a trailing `Box::pin` with any path to `Box`, if it starts a statement.
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

/// Returns whether a new statement can begin after these tokens.
fn starts_statement(before: &[TokenTree]) -> bool {
    match before.last() {
        None => true,
        Some(TokenTree::Punct(punct)) => punct.as_char() == ';',
        Some(TokenTree::Group(group)) => group.delimiter() == Delimiter::Brace,
        Some(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use quote::quote;

    fn wrap_at_exits(body: TokenStream) -> Option<String> {
        at_exits(body, &|inside| quote!(wrap(#inside))).map(|body| body.to_string())
    }

    #[test]
    fn every_boxed_exit_is_wrapped() {
        let body = quote! {
            if early {
                return Box::pin(async { return 1; });
            }
            match n {
                0 => return std::boxed::Box::pin(a),
                _ => {}
            }
            Box::pin(async move { f()? })
        };
        let expected = quote! {
            if early {
                return Box::pin(wrap(async { return 1; }));
            }
            match n {
                0 => return std::boxed::Box::pin(wrap(a)),
                _ => {}
            }
            Box::pin(wrap(async move { f()? }))
        };
        assert_eq!(wrap_at_exits(body), Some(expected.to_string()));
    }

    #[test]
    fn body_with_unboxed_exit_is_not_wrapped() {
        assert_eq!(
            wrap_at_exits(quote!(if n { return inner; } Box::pin(a))),
            None
        );
        assert_eq!(
            wrap_at_exits(quote!(if n { return inner(); } Box::pin(a))),
            None
        );
        assert_eq!(wrap_at_exits(quote!(let n = f()?; Box::pin(a))), None);
        assert_eq!(
            wrap_at_exits(quote!(if n { return Box::pin(a).b(); } Box::pin(c))),
            None
        );
        assert_eq!(wrap_at_exits(quote!(inner())), None);
        for before in [
            quote!(check!(n);),
            quote!(let n = |m| { return Box::pin(m); };),
            quote!(let n = f(move || return Box::pin(m));),
            quote!(
                fn f() -> B {
                    return Box::pin(m);
                }
            ),
        ] {
            assert_eq!(
                wrap_at_exits(quote!(#before if m { return Box::pin(a); } Box::pin(c))),
                None
            );
        }
        assert_eq!(
            wrap_at_exits(
                quote!(if m { return Box::pin(a); } Box::pin(f(match n { 0 => return Box::pin(a), n => n })))
            ),
            None
        );
    }
}
