//! The span in which a spawned task or job runs.

use tracing::Span;

use crate::layer::core_of;
use crate::resolve;
use crate::scope::Scope;

/// The current span, for work that runs inside the captured `scope`.
///
/// Returns no span where the span would change the current user when it is entered inside `scope`.
/// This happens where the scope is detached from the scope of the span, and where a flattened stack
/// no longer contains the stack of the span.
pub(crate) fn span_inside(scope: &Scope) -> Span {
    let span = Span::current();
    let changes = span.with_subscriber(|(id, dispatch)| {
        // A span that gives way here is left out too. Otherwise the span would become effective
        // once the current request has ended.
        let core = core_of(dispatch)?;
        let stack = core.spans().with(id.into_u64(), |open| open.frame());
        let changes = |stack| scope.clone().in_scope(|| resolve::changes_on_entry(&stack));
        Some(stack.flatten().is_some_and(changes))
    });
    match changes.flatten() {
        Some(true) => Span::none(),
        Some(false) | None => span,
    }
}
