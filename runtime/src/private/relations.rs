//! The keys `parent` and `follows_from`: relations between spans.

use tracing::{Id, Span};

/// A span, as the keys `parent` and `follows_from` take it.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no span",
    label = "expected a `tracing::Span`, its `Id`, or an `Option` of one"
)]
pub trait AsSpan {
    /// The id, unless the span is disabled.
    fn span_id(&self) -> Option<Id>;
}

impl AsSpan for Span {
    fn span_id(&self) -> Option<Id> {
        self.id()
    }
}

impl AsSpan for Id {
    fn span_id(&self) -> Option<Id> {
        Some(self.clone())
    }
}

impl<T: AsSpan + ?Sized> AsSpan for &T {
    fn span_id(&self) -> Option<Id> {
        (**self).span_id()
    }
}

impl<T: AsSpan> AsSpan for Option<T> {
    fn span_id(&self) -> Option<Id> {
        self.as_ref().and_then(AsSpan::span_id)
    }
}

/// One span or several, as the key `follows_from` takes them.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no span, and no list of spans",
    label = "expected a `tracing::Span`, its `Id`, an `Option` of one, or an array, slice or `Vec` of these"
)]
pub trait AsCauses {
    /// The ids of the spans that are not disabled.
    fn each(&self, cause: &mut dyn FnMut(Id));
}

macro_rules! one_cause {
    ($($ty:ty $(, $t:ident)?;)*) => {$(
        impl $(<$t: AsSpan>)? AsCauses for $ty {
            fn each(&self, cause: &mut dyn FnMut(Id)) {
                self.span_id().into_iter().for_each(cause);
            }
        }
    )*};
}

one_cause! {
    Span;
    Id;
    Option<T>, T;
}

macro_rules! several_causes {
    ($($ty:ty $(, $n:ident)?;)*) => {$(
        impl<T: AsSpan $(, const $n: usize)?> AsCauses for $ty {
            fn each(&self, cause: &mut dyn FnMut(Id)) {
                self.iter().filter_map(AsSpan::span_id).for_each(cause);
            }
        }
    )*};
}

several_causes! {
    [T];
    [T; N], N;
    Vec<T>;
}

impl<T: AsCauses + ?Sized> AsCauses for &T {
    fn each(&self, cause: &mut dyn FnMut(Id)) {
        (**self).each(cause);
    }
}

/// The key `parent`.
pub fn parent(span: &dyn AsSpan) -> Option<Id> {
    span.span_id()
}

/// The key `follows_from`.
pub fn following(span: Span, causes: &dyn AsCauses) -> Span {
    causes.each(&mut |cause| {
        span.follows_from(cause);
    });
    span
}
