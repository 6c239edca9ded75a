//! Functions after `#[tokio::main]` and `#[tokio::test]`.

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};
use quote::ToTokens;

use crate::tokens::{is_punct, is_word};

/// A body that starts with `let body = async { .. };` and blocks on `body`.
pub(crate) struct BlocksOn {
    /// `let body =`
    pub(crate) before: TokenStream,
    /// `async`
    pub(crate) asyncness: TokenStream,
    pub(crate) block: Group,
    pub(crate) after: TokenStream,
}

/// Recognises the expansion of `tokio`'s macros of every version since 1.0, and nothing else: code of
/// the user after an `async` block would run without the scope.
pub(crate) fn blocks_on(body: TokenStream) -> Option<BlocksOn> {
    let tokens: Vec<TokenTree> = body.into_iter().collect();
    let [let_, name, eq, async_, TokenTree::Group(block), end, rest @ ..] = tokens.as_slice()
    else {
        return None;
    };
    let is_it = is_word(Some(let_), "let")
        && is_word(Some(name), "body")
        && is_punct(Some(eq), '=')
        && is_word(Some(async_), "async")
        && block.delimiter() == Delimiter::Brace
        && is_punct(Some(end), ';')
        && waits_for_body(rest);
    is_it.then(|| BlocksOn {
        before: tokens[..3].iter().cloned().collect(),
        asyncness: async_.to_token_stream(),
        block: block.clone(),
        after: tokens[5..].iter().cloned().collect(),
    })
}

/// Returns whether the tokens only build a runtime and block on `body`.
fn waits_for_body(mut tokens: &[TokenTree]) -> bool {
    while let Some((statement, rest)) = first_statement(tokens) {
        if !prepares_body(statement) {
            break;
        }
        tokens = rest;
    }
    match tokens {
        [hash, TokenTree::Group(allow), block @ ..]
            if is_punct(Some(hash), '#') && allow.delimiter() == Delimiter::Bracket =>
        {
            match block {
                [TokenTree::Group(block)] if block.delimiter() == Delimiter::Brace => {
                    let inside: Vec<_> = block.stream().into_iter().collect();
                    runs_body(&inside)
                }
                expression => runs_body(expression),
            }
        }
        _ => false,
    }
}

/// Splits the first statement, without its semicolon, from the rest.
fn first_statement(tokens: &[TokenTree]) -> Option<(&[TokenTree], &[TokenTree])> {
    let end = tokens.iter().position(|token| is_punct(Some(token), ';'))?;
    Some((&tokens[..end], &tokens[end + 1..]))
}

/// Matches `tokio::pin!(body)`, or `let body` with another type.
fn prepares_body(statement: &[TokenTree]) -> bool {
    match statement {
        [let_, body, ..] if is_word(Some(let_), "let") => is_word(Some(body), "body"),
        [.., pin, bang, TokenTree::Group(body)] => {
            is_word(Some(pin), "pin") && is_punct(Some(bang), '!') && is_body(body)
        }
        _ => false,
    }
}

/// Matches `return Builder::..().expect("Failed building the Runtime").block_on(body);`, after an
/// optional import of the builder.
fn runs_body(tokens: &[TokenTree]) -> bool {
    let tokens = match first_statement(tokens) {
        Some((import, rest)) if is_word(import.first(), "use") => rest,
        _ => tokens,
    };
    let tokens = match tokens.split_last() {
        Some((end, rest)) if is_punct(Some(end), ';') => rest,
        _ => tokens,
    };
    let [chain @ .., dot, block_on, TokenTree::Group(body)] = tokens else {
        return false;
    };
    let [.., expect, TokenTree::Group(message)] = chain else {
        return false;
    };
    is_punct(Some(dot), '.')
        && is_word(Some(block_on), "block_on")
        && is_body(body)
        && is_word(Some(expect), "expect")
        && message.stream().to_string() == "\"Failed building the Runtime\""
        && first_statement(chain).is_none()
}

fn is_body(arguments: &Group) -> bool {
    arguments.stream().to_string() == "body"
}

#[cfg(test)]
mod tests {
    use super::*;
    use quote::quote;

    fn is_recognised(body: TokenStream) -> bool {
        blocks_on(body).is_some()
    }

    #[test]
    fn tokio_main_expansion_is_recognised() {
        // 2.7
        assert!(is_recognised(quote! {
            let body = async { work().await };
            let body = {
                if false {
                    let _: &dyn ::core::future::Future<Output = ()> = &body;
                }
                body
            };
            #[allow(clippy::expect_used, clippy::needless_return)]
            {
                use tokio::runtime::Builder;
                return Builder::new_multi_thread()
                    .worker_threads(2)
                    .enable_all()
                    .build()
                    .expect("Failed building the Runtime")
                    .block_on(body);
            }
        }));
        // 2.0 to 2.5
        assert!(is_recognised(quote! {
            let body = async { work().await };
            #[allow(clippy::expect_used)]
            {
                return tokio::runtime::Builder::new_current_thread()
                    .enable_all()
                    .build()
                    .expect("Failed building the Runtime")
                    .block_on(body);
            }
        }));
        // 1.0
        assert!(is_recognised(quote! {
            let body = async { work().await };
            #[allow(clippy::expect_used)]
            tokio::runtime::Builder::new_multi_thread()
                .enable_all()
                .build()
                .expect("Failed building the Runtime")
                .block_on(body)
        }));
    }

    #[test]
    fn tokio_test_expansion_is_recognised() {
        assert!(is_recognised(quote! {
            let body = async { work().await };
            tokio::pin!(body);
            let body: ::core::pin::Pin<&mut dyn ::core::future::Future<Output = ()>> = body;
            #[allow(clippy::expect_used)]
            {
                use tokio::runtime::Builder;
                return Builder::new_current_thread()
                    .enable_all()
                    .build()
                    .expect("Failed building the Runtime")
                    .block_on(body);
            }
        }));
    }

    #[test]
    fn user_function_with_block_on_is_not_recognised() {
        assert!(!is_recognised(quote! {
            let x = async { 5 };
            audit();
            runtime().block_on(x)
        }));
        assert!(!is_recognised(quote! {
            let body = async { 5 };
            runtime().block_on(body)
        }));
        assert!(!is_recognised(quote! {
            let body = async { 5 };
            audit();
            #[allow(clippy::expect_used)]
            {
                return Runtime::new().expect("Failed building the Runtime").block_on(body);
            }
        }));
        assert!(!is_recognised(quote! {
            let body = async { 5 };
            #[allow(clippy::expect_used)]
            {
                audit();
                return Runtime::new().expect("Failed building the Runtime").block_on(body);
            }
        }));
        assert!(!is_recognised(quote! {
            let body = async { 5 };
            let other = async { 6 };
            Runtime::new().expect("Failed building the Runtime").block_on(body)
        }));
    }
}
