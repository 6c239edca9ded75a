//! The shape of a function, which decides where the scope goes.

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};
use syn::parse::Parser;
use syn::{Pat, ReturnType, Type};

use crate::bindings::Bindings;
use crate::boxed::{ending, Ending};
use crate::entry_point::{blocks_on, BlocksOn};
use crate::item::{has_lifetime, Function};
use crate::model::Output;
use crate::returns::{
    deferred, deferred_type, unreached, unreached_anywhere, Deferred, PollKind, Unreached,
};
use crate::tokens::{is_punct, is_word};

pub(crate) enum Shape<'a> {
    /// A synchronous function.
    Sync,
    /// A function that returns a future or stream.
    Deferred(Deferred<'a>),
    /// An `async fn`, and the future or stream in its output.
    Async(Option<Deferred<'a>>),
    /// An `async` method after `#[async_trait]`.
    AsyncTrait(Box<Rewritten<'a>>),
    /// An `async fn` after `#[tokio::main]` or `#[tokio::test]`. A guard around the whole function
    /// would apply to the tasks that the runtime polls on this thread.
    BlocksOn(Box<BlocksOn>),
}

/// A method after `#[async_trait]`: `Box::pin(async move { .. })`, which moves the arguments in first.
pub(crate) struct Rewritten<'a> {
    /// The tokens before the parentheses.
    pub(crate) before: TokenStream,
    /// `async move`
    pub(crate) asyncness: TokenStream,
    pub(crate) block: Group,
    pub(crate) arguments: TokenStream,
    /// The body after the arguments.
    pub(crate) rest: TokenStream,
    /// Whether `self` is named `__self` in the body.
    pub(crate) renames_self: bool,
    /// The output type, if the signature shows it.
    pub(crate) output: Option<&'a Type>,
    /// The future or stream in the output.
    pub(crate) deferred: Option<Deferred<'a>>,
}

impl<'a> Shape<'a> {
    /// Recognises the shape of `function`, and adds the bindings that the body moves in.
    pub(crate) fn of(function: &'a Function, bindings: &mut Bindings) -> Self {
        let sig = &function.sig;
        let deferred = deferred(&sig.output);
        if sig.asyncness.is_some() {
            return Self::Async(deferred);
        }
        if let Some(blocks_on) = blocks_on(function.body.stream()) {
            return Self::BlocksOn(Box::new(blocks_on));
        }
        let ending = ending(function.body.stream());
        match (ending, deferred) {
            (Some(ending), deferred) if has_lifetime(sig, "async_trait") => {
                let output = match deferred.map(|deferred| deferred.kind) {
                    Some(PollKind::Future(output)) => output,
                    _ => None,
                };
                bindings.forget_hidden();
                Self::AsyncTrait(Box::new(ending.rewritten(output, bindings)))
            }
            (_, Some(deferred)) => Self::Deferred(deferred),
            // The return type is an alias, but the body shows a boxed future.
            (Some(_), None) => Self::Deferred(Deferred::HIDDEN),
            (None, None) => Self::Sync,
        }
    }

    /// Returns the output of the function, after `.await` if it is asynchronous.
    pub(crate) fn output(&self, function: &'a Function) -> Output<'a> {
        match self {
            Self::Deferred(deferred) if deferred.is_itself() => match deferred.kind {
                PollKind::Future(Some(ty)) => of_type(ty),
                PollKind::Future(None) | PollKind::IntoFuture => Output::Unknown,
                PollKind::Stream => Output::Stream,
            },
            Self::Async(Some(deferred)) if deferred.is_itself() && deferred.is_stream() => {
                Output::Stream
            }
            Self::AsyncTrait(rewritten) => match rewritten.deferred {
                Some(deferred) if deferred.is_itself() && deferred.is_stream() => Output::Stream,
                _ => rewritten.output.map_or(Output::Unknown, of_type),
            },
            Self::Sync | Self::Async(_) | Self::Deferred(_) | Self::BlocksOn(_) => {
                match &function.sig.output {
                    ReturnType::Default => Output::Nothing,
                    ReturnType::Type(_, ty) => of_type(ty),
                }
            }
        }
    }

    /// Returns whether a part of the output is polled after the function has returned, or after its own
    /// future is ready.
    pub(crate) fn leaves_future(&self) -> bool {
        match self {
            Self::Deferred(deferred) => !deferred.is_itself(),
            Self::Async(deferred) => deferred.is_some(),
            Self::AsyncTrait(rewritten) => rewritten.deferred.is_some(),
            Self::Sync | Self::BlocksOn(_) => false,
        }
    }

    /// Returns the futures and streams in the output that the scope does not reach.
    pub(crate) fn unreached(&self, function: &'a Function) -> Vec<Unreached<'a>> {
        let returned = match &function.sig.output {
            ReturnType::Default => None,
            ReturnType::Type(_, ty) => Some(&**ty),
        };
        let found = match self {
            Self::Sync | Self::Deferred(_) | Self::Async(_) => returned.map(unreached),
            Self::AsyncTrait(rewritten) => rewritten.output.map(unreached),
            Self::BlocksOn(_) => returned.map(unreached_anywhere),
        };
        found.unwrap_or_default()
    }
}

fn of_type(ty: &Type) -> Output<'_> {
    // A `()` from a macro variable is one of several possible types, and counts as a type.
    match ty {
        Type::Tuple(tuple) if tuple.elems.is_empty() => Output::Nothing,
        ty => Output::Type(ty),
    }
}

impl Ending {
    /// Splits the block of `#[async_trait]` into the arguments and the body.
    fn rewritten<'a>(self, output: Option<&'a Type>, bindings: &mut Bindings) -> Rewritten<'a> {
        let tokens: Vec<TokenTree> = self.block.stream().into_iter().collect();
        let mut at = 0;
        let mut renames_self = false;
        // The statement that tells the compiler the type: `if let Some(__ret) = None::<T> { .. }`.
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
        Rewritten {
            before: self.before.into_iter().collect(),
            asyncness: self.asyncness,
            block: self.block,
            arguments: tokens[..at].iter().cloned().collect(),
            rest: tokens[at..].iter().cloned().collect(),
            renames_self,
            output,
            deferred: output.and_then(deferred_type),
        }
    }
}

/// Returns the pattern of `let PATTERN = ARGUMENT`, if the value is only moved.
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
