//! The attribution of spans and logs that the application makes through OpenTelemetry itself.

use opentelemetry::Context;
use whose::{Attribution, Scope, SpanAttributions};

use crate::scope_context;

/// The attribution of a native span when it starts.
#[derive(Debug)]
pub(crate) struct Captured {
    attribution: Attribution,
    /// Kept where there is no user yet: the scope may learn the user before the span ends.
    scope: Option<Scope>,
}

impl Captured {
    pub(crate) fn at_start(attributions: &SpanAttributions, context: &Context) -> Self {
        let (attribution, scope) = in_context(attributions, context, |attribution| {
            let is_open = attribution.user().is_none() && !attribution.is_anonymous();
            is_open.then(Scope::current)
        });
        Self { attribution, scope }
    }

    /// The attribution at the end of the span.
    pub(crate) fn at_end(self, attributions: &SpanAttributions) -> Attribution {
        match self.scope {
            None => self.attribution,
            Some(scope) => scope.in_scope(|| attributions.current_attribution()),
        }
    }
}

/// The attribution of a log.
pub(crate) fn of_log(attributions: &SpanAttributions) -> Attribution {
    let context = Context::current();
    in_context(attributions, &context, |_| ()).0
}

/// The attribution in the scope of the thread, or in that of the context.
///
/// The context decides where it was passed explicitly, or where the thread has no user of its own.
fn in_context<R>(
    attributions: &SpanAttributions,
    context: &Context,
    read: impl Fn(&Attribution) -> R,
) -> (Attribution, R) {
    let here = || {
        let attribution = attributions.current_attribution();
        let read = read(&attribution);
        (attribution, read)
    };
    let Some(scope) = scope_context::carried(context) else {
        return here();
    };
    if scope_context::is_explicit(context) {
        return scope.clone().in_scope(here);
    }
    let (attribution, read) = here();
    if attribution.user().is_some() || attribution.is_anonymous() {
        (attribution, read)
    } else {
        scope.clone().in_scope(here)
    }
}
