//! Checks for futures and streams in the return type that the scope does not reach.

use super::context::CheckContext;
use super::keyed::KeyedArgs;
use crate::diag::Errors;
use crate::keys::Key;

pub(super) fn check(context: &CheckContext<'_>, keyed: &KeyedArgs, errors: &mut Errors) {
    let Some(function) = &context.function else {
        return;
    };
    let Some(unreached) = &function.unreached else {
        return;
    };
    let (name, mac) = (function.name, context.mac);
    if let (true, Some(span)) = (unreached.is_empty(), keyed.span(Key::Carried)) {
        let message = format!(
            "`carried` is for a future or stream that the scope does not reach, and the return type \
             of `{name}` shows none: remove it"
        );
        errors.at(span, message);
    }
    // Without a scope, the span ends when the function returns, as with `#[tracing::instrument]`.
    if !keyed.makes_scope(mac) || keyed.mentions(Key::Carried) {
        return;
    }
    for found in unreached {
        let (async_type, mac) = (found.async_type, mac.name());
        let message = format!(
            "the scope does not reach this {async_type}, which is polled after `{name}` has returned: call \
             `.with_current_scope()` (`whose::ScopeExt`) on the {async_type}, then add the flag \
             `carried` to `{mac}`"
        );
        errors.over(found.tokens, message);
    }
}
