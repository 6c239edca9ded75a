//! A scope of `whose` inside an OpenTelemetry `Context`.

use opentelemetry::Context;
use whose::Scope;

/// The scope that a context carries.
#[derive(Clone, Debug)]
struct CarriedScope(Scope);

/// Carries a scope of `whose` in an OpenTelemetry [`Context`], and takes it out again.
///
/// Use the trait where code hands an OpenTelemetry context from one task or thread to another, and
/// nothing else: the user then comes along.
///
/// ```
/// use opentelemetry::Context;
/// use whose_opentelemetry::ContextExt;
///
/// let context = whose::user("alice").in_scope(|| Context::current().with_current_scope());
/// std::thread::spawn(move || {
///     context.scope().in_scope(|| assert_eq!(whose::current().user_id(), Some("alice")));
/// })
/// .join()
/// .unwrap();
/// ```
pub trait ContextExt: sealed::Sealed {
    /// A context with the scope.
    ///
    /// Native spans and logs take the user of the context where the thread has no scope of its own,
    /// and spans that are started with another context than the current one take the user of their
    /// context.
    #[must_use]
    fn with_scope(&self, scope: Scope) -> Context;

    /// A context with the scope of the calling code.
    #[must_use]
    fn with_current_scope(&self) -> Context;

    /// The scope of the context, to be entered. A context without a scope gives the scope of nobody,
    /// so that the work belongs to nobody instead of to the thread's host.
    fn scope(&self) -> Scope;
}

impl ContextExt for Context {
    fn with_scope(&self, scope: Scope) -> Context {
        self.with_value(CarriedScope(scope))
    }

    fn with_current_scope(&self) -> Context {
        self.with_scope(Scope::current())
    }

    fn scope(&self) -> Scope {
        carried(self).cloned().unwrap_or_else(Scope::detached)
    }
}

/// The scope of the context, if there is one.
pub(crate) fn carried(context: &Context) -> Option<&Scope> {
    context.get::<CarriedScope>().map(|carried| &carried.0)
}

/// Whether the context has another scope than the current context of the thread: a span that is
/// started with it has an explicit parent.
pub(crate) fn is_explicit(context: &Context) -> bool {
    let address = |context: &Context| context.get::<CarriedScope>().map(std::ptr::from_ref);
    Context::map_current(address) != address(context)
}

mod sealed {
    pub trait Sealed {}
    impl Sealed for opentelemetry::Context {}
}
