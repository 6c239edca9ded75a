//! What kind of function it is, and where in it the scope has to be held.

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};
use syn::parse::Parser;
use syn::{Ident, Pat, ReturnType, Type};

use crate::bindings::Bindings;
use crate::check::Output;
use crate::diag::Errors;
use crate::item::{has_lifetime, Function};
use crate::returns::{later, Later};

pub(crate) enum Shape {
    Sync,
    Async,
    /// Not `async`, and ends in an async block: the block is what runs later.
    Ending(Box<Ending>),
}

/// The async block that a function ends in.
pub(crate) struct Ending {
    /// What stands before the block, or before the parentheses around it.
    pub(crate) before: TokenStream,
    /// The parentheses of `Box::pin(..)`.
    pub(crate) pinned: bool,
    /// `async` or `async move`
    pub(crate) asyncness: TokenStream,
    pub(crate) block: Group,
    /// What `#[async_trait]` made of the function's arguments.
    pub(crate) moved: Option<Moved>,
    /// What the future gives, where that can be seen.
    pub(crate) output: Option<Type>,
}

/// The block of a function that `#[async_trait]` has rewritten: first it moves the arguments in.
pub(crate) struct Moved {
    pub(crate) arguments: TokenStream,
    /// The body proper.
    pub(crate) rest: TokenStream,
    /// The name that `self` has in there.
    pub(crate) renames_self: bool,
}

impl Shape {
    /// The shape of `function`; `bindings` grow by those that its body moves in.
    pub(crate) fn of(function: &Function, bindings: &mut Bindings, errors: &mut Errors) -> Self {
        let sig = &function.sig;
        if sig.asyncness.is_some() {
            return Self::Async;
        }
        let later = later(&sig.output);
        let from_async_trait = has_lifetime(sig, "async_trait");
        if let Some(mut ending) = ending(function.body.stream(), !matches!(later, Later::No)) {
            if let Later::Future(output) = later {
                ending.output = output.cloned();
            }
            if from_async_trait {
                bindings.forget_hidden();
                ending.moved = Some(moved(ending.block.stream(), bindings));
            } else if let Some(leaves) = find_return(ending.before.clone()) {
                errors.at(leaves.span(), "what is returned here is polled outside of the scope: make the function an `async fn`, or return from inside of the async block");
            }
            return Self::Ending(Box::new(ending));
        }
        let what = match later {
            Later::No => return Self::Sync,
            Later::Future(_) => "a future",
            Later::Stream => "a stream",
        };
        let advice = match later {
            Later::Stream => "set the scope where the stream is used: `stream.with_scope(..)`",
            _ => "make it an `async fn`, or let it end in `Box::pin(async move { .. })`",
        };
        errors.over(
            &sig.output,
            format!("`{}` returns {what}, and a scope around this function would end before that is polled: {advice}", sig.ident),
        );
        Self::Sync
    }

    /// What comes out of the function for those who wait for it.
    pub(crate) fn output<'a>(&'a self, function: &'a Function) -> Output<'a> {
        let declared = || match &function.sig.output {
            ReturnType::Default => Output::Nothing,
            ReturnType::Type(_, ty) => of_type(ty),
        };
        match self {
            Self::Sync | Self::Async => declared(),
            Self::Ending(ending) => ending.output.as_ref().map_or(Output::Unknown, of_type),
        }
    }
}

fn of_type(ty: &Type) -> Output<'_> {
    match ty {
        Type::Tuple(tuple) if tuple.elems.is_empty() => Output::Nothing,
        ty => Output::Type(ty),
    }
}

/// The async block at the end of a body: in `Box::pin(..)`, or alone where a future is returned.
fn ending(body: TokenStream, returns_later: bool) -> Option<Ending> {
    let mut tokens: Vec<TokenTree> = body.into_iter().collect();
    let Some(TokenTree::Group(last)) = tokens.pop() else {
        return None;
    };
    match last.delimiter() {
        Delimiter::Parenthesis if ends_in_box_pin(&tokens) => {
            let mut inside: Vec<TokenTree> = last.stream().into_iter().collect();
            if matches!(inside.last(), Some(TokenTree::Punct(comma)) if comma.as_char() == ',') {
                inside.pop();
            }
            let Some(TokenTree::Group(block)) = inside.pop() else {
                return None;
            };
            let asyncness = take_async(&mut inside)?;
            (inside.is_empty() && block.delimiter() == Delimiter::Brace)
                .then(|| Ending::new(tokens, true, asyncness, block))
        }
        Delimiter::Brace if returns_later => {
            let asyncness = take_async(&mut tokens)?;
            starts_statement(&tokens).then(|| Ending::new(tokens, false, asyncness, last))
        }
        _ => None,
    }
}

impl Ending {
    fn new(before: Vec<TokenTree>, pinned: bool, asyncness: TokenStream, block: Group) -> Self {
        let before = before.into_iter().collect();
        Self {
            before,
            pinned,
            asyncness,
            block,
            moved: None,
            output: None,
        }
    }
}

fn is_word(token: Option<&TokenTree>, word: &str) -> bool {
    matches!(token, Some(TokenTree::Ident(ident)) if ident == word)
}

fn is_punct(token: Option<&TokenTree>, ch: char) -> bool {
    matches!(token, Some(TokenTree::Punct(punct)) if punct.as_char() == ch)
}

/// Takes `async` or `async move` off the end.
fn take_async(tokens: &mut Vec<TokenTree>) -> Option<TokenStream> {
    let moves = is_word(tokens.last(), "move");
    let at = tokens.len().checked_sub(if moves { 2 } else { 1 })?;
    is_word(tokens.get(at), "async").then(|| tokens.split_off(at).into_iter().collect())
}

/// Whether the tokens end in a statement's `Box::pin`, however `Box` is reached.
fn ends_in_box_pin(tokens: &[TokenTree]) -> bool {
    let path_start = |mut tokens: &[TokenTree]| loop {
        match tokens {
            [head @ .., TokenTree::Ident(_), TokenTree::Punct(a), TokenTree::Punct(b)]
                if a.as_char() == ':' && b.as_char() == ':' =>
            {
                tokens = head;
            }
            [head @ .., TokenTree::Punct(a), TokenTree::Punct(b)]
                if a.as_char() == ':' && b.as_char() == ':' =>
            {
                return head.len();
            }
            other => return other.len(),
        }
    };
    match tokens {
        [head @ .., TokenTree::Ident(boxed), TokenTree::Punct(a), TokenTree::Punct(b), TokenTree::Ident(pin)] => {
            boxed == "Box"
                && a.as_char() == ':'
                && b.as_char() == ':'
                && pin == "pin"
                && starts_statement(&head[..path_start(head)])
        }
        _ => false,
    }
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

/// A `return` that leaves the function, and not an async block in it.
fn find_return(tokens: TokenStream) -> Option<Ident> {
    let mut in_async = false;
    for token in tokens {
        match token {
            TokenTree::Ident(word) if word == "return" => return Some(word),
            TokenTree::Ident(word) => in_async = word == "async" || (in_async && word == "move"),
            TokenTree::Group(group) if !in_async => {
                if let Some(found) = find_return(group.stream()) {
                    return Some(found);
                }
            }
            _ => in_async = false,
        }
    }
    None
}

/// Splits what `#[async_trait]` writes into a block: first the arguments, then the body.
fn moved(block: TokenStream, bindings: &mut Bindings) -> Moved {
    let tokens: Vec<TokenTree> = block.into_iter().collect();
    let mut at = 0;
    let mut renames_self = false;
    // The edge that tells the compiler the type: `if let Some(__ret) = None::<T> { .. }`.
    if is_word(tokens.first(), "if") {
        let brace = |token: &TokenTree| matches!(token, TokenTree::Group(g) if g.delimiter() == Delimiter::Brace);
        at = tokens.iter().position(brace).map_or(0, |end| end + 1);
    }
    while let Some(len) = tokens[at..]
        .iter()
        .position(|token| is_punct(Some(token), ';'))
    {
        let Some(pat) = moved_argument(&tokens[at..at + len]) else {
            break;
        };
        if let Pat::Ident(pat) = &pat {
            renames_self |= pat.ident == "__self";
        }
        bindings.add(&pat);
        at += len + 1;
    }
    let arguments = tokens[..at].iter().cloned().collect();
    Moved {
        arguments,
        rest: tokens[at..].iter().cloned().collect(),
        renames_self,
    }
}

/// The pattern of `let PATTERN = ARGUMENT`, where nothing is computed.
fn moved_argument(statement: &[TokenTree]) -> Option<Pat> {
    let mut tokens = statement;
    while let [TokenTree::Punct(hash), TokenTree::Group(_), rest @ ..] = tokens {
        if hash.as_char() != '#' {
            return None;
        }
        tokens = rest;
    }
    let [TokenTree::Ident(keyword), pattern @ .., TokenTree::Punct(eq), value] = tokens else {
        return None;
    };
    let is_move = match value {
        TokenTree::Ident(_) => true,
        TokenTree::Group(group) => is_word(group.stream().into_iter().next().as_ref(), "let"),
        _ => false,
    };
    if keyword != "let" || eq.as_char() != '=' || !is_move {
        return None;
    }
    let pattern: TokenStream = pattern.iter().cloned().collect();
    Pat::parse_multi.parse2(pattern).ok()
}
