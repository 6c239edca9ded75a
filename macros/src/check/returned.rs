//! What the function returns and the scope does not reach.

use super::context::Subject;
use super::keyed::Keyed;
use crate::diag::Errors;
use crate::keys::Key;

pub(super) fn check(subject: &Subject<'_>, keyed: &Keyed, errors: &mut Errors) {
    let Some(function) = &subject.function else {
        return;
    };
    let Some(unreached) = &function.unreached else {
        return;
    };
    let (name, mac) = (function.name, subject.mac);
    if let (true, Some(span)) = (unreached.is_empty(), keyed.span(Key::Carried)) {
        let message = format!(
            "`carried` is for a future or stream that the scope does not reach, and the return type \
             of `{name}` shows none: drop it"
        );
        errors.at(span, message);
    }
    // A span alone ends when the function returns, as one of `#[tracing::instrument]` does.
    if !keyed.makes_scope(mac) || keyed.means(Key::Carried) {
        return;
    }
    for polled in unreached {
        let (sort, mac) = (polled.sort, mac.name());
        let message = format!(
            "the scope does not reach this {sort}, which is polled after `{name}` has returned: put \
             `.with_current_scope()` (`whose::ScopeExt`) on the {sort} where it is made, then add \
             the flag `carried` to `{mac}`"
        );
        errors.over(polled.tokens, message);
    }
}
