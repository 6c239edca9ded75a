//! The span that a spawned task or job runs in.

use tracing::Span;

use crate::layer::core_of;
use crate::resolve;
use crate::scope::Scope;

/// The current span, for work that runs inside `scope`, which is captured here.
///
/// Returns no span where entering the span inside `scope` would change the current user: the scope
/// may be detached from the span's scope, and a flattened stack no longer contains the span's stack.
pub(crate) fn span_inside(scope: &Scope) -> Span {
    let span = Span::current();
    let changes = span.with_subscriber(|(id, dispatch)| {
        // Also a span that gives way here: the span would not give way any more once the request
        // that runs here has ended.
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
