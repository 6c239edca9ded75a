//! What can be told of tokens that are not parsed.

use proc_macro2::{Delimiter, Ident, TokenStream, TokenTree};

/// Whether the token is that word.
pub(crate) fn is_word(token: Option<&TokenTree>, word: &str) -> bool {
    matches!(token, Some(TokenTree::Ident(ident)) if ident == word)
}

/// Whether the token is that sign.
pub(crate) fn is_punct(token: Option<&TokenTree>, ch: char) -> bool {
    matches!(token, Some(TokenTree::Punct(punct)) if punct.as_char() == ch)
}

/// What is in the invisible parentheses around a fragment of a `macro_rules!`.
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

/// Whether the tokens use the variable of that name, as far as tokens tell: the name of a field, a
/// path or a macro is no variable, and behind a `let` of the same name stands another one.
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

/// The tokens up to the `=` or `;` behind the pattern of a `let`.
fn pattern(tokens: &[TokenTree]) -> &[TokenTree] {
    let ends = |token: &TokenTree| is_punct(Some(token), '=') || is_punct(Some(token), ';');
    let end = tokens.iter().position(ends).unwrap_or(tokens.len());
    &tokens[..end]
}

/// Whether the name stands somewhere in the tokens.
pub(crate) fn names(tokens: &[TokenTree], name: &Ident) -> bool {
    tokens.iter().any(|token| match token {
        TokenTree::Ident(word) => word == name,
        TokenTree::Group(group) => names(&group.stream().into_iter().collect::<Vec<_>>(), name),
        TokenTree::Punct(_) | TokenTree::Literal(_) => false,
    })
}

/// Whether a statement can begin behind the token.
fn starts_statement(before: &TokenTree) -> bool {
    match before {
        TokenTree::Punct(punct) => punct.as_char() == ';',
        TokenTree::Group(_) => true,
        TokenTree::Ident(_) | TokenTree::Literal(_) => false,
    }
}

/// Whether the name that stands there can be that of a variable.
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

/// Whether a body may return before its end, as far as tokens tell: what stands in an `async` block
/// returns from that block.
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

/// Whether the sign is that of a macro call, and the macro may return as `bail!` does.
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
    fn body_returns_early_by_return_and_question_mark_outside_of_async_blocks() {
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
    fn name_of_something_else_is_no_use() {
        assert!(!is_used(quote!(m.n + m.n())));
        assert!(!is_used(quote!(m::n())));
        assert!(!is_used(quote!(S { n: 1 })));
        assert!(!is_used(quote!(n!(1))));
        assert!(!is_used(quote!(let n = 1; n + 1)));
        assert!(!is_used(quote!(let (m, mut n): (u8, u8) = f(); m + n)));
        assert!(!is_used(quote!(fn n() {}, m)));
    }
}
