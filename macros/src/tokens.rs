//! Analysis of tokens that are not parsed.

use proc_macro2::{Delimiter, Ident, TokenStream, TokenTree};

/// Returns whether the token is the identifier `word`.
pub(crate) fn is_word(token: Option<&TokenTree>, word: &str) -> bool {
    matches!(token, Some(TokenTree::Ident(ident)) if ident == word)
}

/// Returns whether the token is the punctuation character `ch`.
pub(crate) fn is_punct(token: Option<&TokenTree>, ch: char) -> bool {
    matches!(token, Some(TokenTree::Punct(punct)) if punct.as_char() == ch)
}

/// Removes the invisible group around a fragment of a `macro_rules!`.
pub(crate) fn without_fragment(token: TokenTree) -> TokenTree {
    if let TokenTree::Group(group) = &token {
        let mut inside = group.stream().into_iter();
        if let (Delimiter::None, Some(only), None) =
            (group.delimiter(), inside.next(), inside.next())
        {
            return without_fragment(only);
        }
    }
    token
}

/// Returns whether the tokens use the variable `name`.
///
/// The name of a field, a path or a macro is not a variable; after a `let` with the same name, the
/// name is another variable.
pub(crate) fn uses(tokens: &TokenStream, name: &Ident) -> bool {
    let tokens: Vec<TokenTree> = tokens.clone().into_iter().collect();
    let mut at = 0;
    let mut is_bound_again = false;
    while let Some(token) = tokens.get(at) {
        match token {
            TokenTree::Punct(punct) if punct.as_char() == ';' && is_bound_again => return false,
            TokenTree::Ident(word) if word == "let" => {
                let pattern = pattern(&tokens[at + 1..]);
                let is_condition = at > 0 && !starts_statement(&tokens[at - 1]);
                is_bound_again |= !is_condition && names(pattern, name);
                at += pattern.len();
            }
            TokenTree::Ident(word) if word == name && is_variable(&tokens, at) => return true,
            TokenTree::Group(group) if uses(&group.stream(), name) => return true,
            _ => {}
        }
        at += 1;
    }
    false
}

/// Returns the tokens up to the `=` or `;` after the pattern of a `let`.
fn pattern(tokens: &[TokenTree]) -> &[TokenTree] {
    let ends = |token: &TokenTree| is_punct(Some(token), '=') || is_punct(Some(token), ';');
    let end = tokens.iter().position(ends).unwrap_or(tokens.len());
    &tokens[..end]
}

/// Returns whether the tokens contain the name.
pub(crate) fn names(tokens: &[TokenTree], name: &Ident) -> bool {
    tokens.iter().any(|token| match token {
        TokenTree::Ident(word) => word == name,
        TokenTree::Group(group) => names(&group.stream().into_iter().collect::<Vec<_>>(), name),
        TokenTree::Punct(_) | TokenTree::Literal(_) => false,
    })
}

/// Returns whether a statement can begin after the token.
fn starts_statement(before: &TokenTree) -> bool {
    match before {
        TokenTree::Punct(punct) => punct.as_char() == ';',
        TokenTree::Group(_) => true,
        TokenTree::Ident(_) | TokenTree::Literal(_) => false,
    }
}

/// Returns whether the name at that position can be a variable.
fn is_variable(tokens: &[TokenTree], at: usize) -> bool {
    let before = |by: usize| at.checked_sub(by).and_then(|at| tokens.get(at));
    let after = |by: usize| tokens.get(at + by);
    // `a..name` is a range.
    let is_member = is_punct(before(1), '.') && !is_punct(before(2), '.');
    let is_in_path = is_punct(before(1), ':') && is_punct(before(2), ':');
    let is_label = is_punct(after(1), ':') && !is_punct(after(2), ':');
    let is_macro = is_punct(after(1), '!') && matches!(after(2), Some(TokenTree::Group(_)));
    let is_item = is_word(before(1), "fn");
    !(is_member || is_in_path || is_label || is_macro || is_item)
}

/// Returns whether a body may return before its end.
///
/// A `return` in an `async` block leaves only the block.
pub(crate) fn returns_early(body: &TokenStream) -> bool {
    let tokens: Vec<TokenTree> = body.clone().into_iter().collect();
    let is_async = |at: usize| {
        let before = |by: usize| at.checked_sub(by).and_then(|at| tokens.get(at));
        is_word(before(1), "async") || is_word(before(1), "move") && is_word(before(2), "async")
    };
    tokens.iter().enumerate().any(|(at, token)| match token {
        TokenTree::Ident(word) => word == "return",
        TokenTree::Punct(punct) => punct.as_char() == '?' || calls_unknown_macro(&tokens, at),
        TokenTree::Group(group) => !is_async(at) && returns_early(&group.stream()),
        TokenTree::Literal(_) => false,
    })
}

/// Returns whether the token at `sign` calls a macro that may contain a `return`, such as `bail!`.
pub(crate) fn calls_unknown_macro(tokens: &[TokenTree], sign: usize) -> bool {
    const KNOWN: [&str; 33] = [
        "assert",
        "assert_eq",
        "assert_ne",
        "concat",
        "dbg",
        "debug",
        "debug_assert",
        "debug_assert_eq",
        "debug_assert_ne",
        "debug_span",
        "env",
        "eprintln",
        "error",
        "error_span",
        "format",
        "format_args",
        "info",
        "info_span",
        "json",
        "matches",
        "panic",
        "print",
        "println",
        "stringify",
        "todo",
        "trace",
        "trace_span",
        "unimplemented",
        "unreachable",
        "vec",
        "warn",
        "write",
        "writeln",
    ];
    let name = sign.checked_sub(1).and_then(|at| tokens.get(at));
    let (Some(TokenTree::Ident(name)), Some(TokenTree::Group(_))) = (name, tokens.get(sign + 1))
    else {
        return false;
    };
    is_punct(tokens.get(sign), '!') && !KNOWN.iter().any(|known| name == known)
}

#[cfg(test)]
mod tests {
    use super::*;
    use quote::{format_ident, quote};

    fn is_used(body: TokenStream) -> bool {
        uses(&body, &format_ident!("n"))
    }

    #[test]
    fn variable_that_is_read_is_used() {
        assert!(is_used(quote!(n)));
        assert!(is_used(quote!(f(0..n))));
        assert!(is_used(quote!(n != 1)));
        assert!(is_used(quote!(n.m())));
        assert!(is_used(quote!(S { n: n })));
        assert!(is_used(quote!(S { n })));
        assert!(is_used(quote!(let n = n + 1; n)));
        assert!(is_used(quote!(let m = n; m)));
        assert!(is_used(quote!(if let Some(n) = m { 1 } else { n })));
        assert!(is_used(quote!(
            {
                let n = 1;
                n
            } + n
        )));
        assert!(is_used(quote!(f(); let m = 1; let k = || n; k())));
    }

    #[test]
    fn return_and_question_mark_outside_async_block_return_early() {
        assert!(returns_early(&quote!(if m { return 1; } 2)));
        assert!(returns_early(&quote!(f(g()?))));
        assert!(returns_early(&quote!(anyhow::ensure!(n > 0, "zero"); n)));
        assert!(!returns_early(&quote!(tracing::info!(n); vec![!n])));
        assert!(!returns_early(&quote!(Box::pin(async move {
            return f()?;
        }))));
        assert!(!returns_early(&quote!(async { f()? })));
        assert!(!returns_early(&quote!(let m = f(); m)));
    }

    #[test]
    fn name_of_field_or_path_is_not_a_use() {
        assert!(!is_used(quote!(m.n + m.n())));
        assert!(!is_used(quote!(m::n())));
        assert!(!is_used(quote!(S { n: 1 })));
        assert!(!is_used(quote!(n!(1))));
        assert!(!is_used(quote!(let n = 1; n + 1)));
        assert!(!is_used(quote!(let (m, mut n): (u8, u8) = f(); m + n)));
        assert!(!is_used(quote!(fn n() {}, m)));
    }
}
