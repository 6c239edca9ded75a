use std::cell::Cell;

use crate::record::Kind;

thread_local! {
    static MARK: Cell<Option<SpanHint>> = const { Cell::new(None) };
}

/// What a macro passes to the layer about the span that the macro is about to create. Fields would
/// be visible to every other layer.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SpanHint {
    pub(crate) kind: Option<Kind>,
    /// Whether the innermost frame is the explicit identity of the span.
    pub(crate) is_explicit: bool,
}

impl SpanHint {
    /// Attaches the hint to the next span that `create` creates on this thread.
    pub(crate) fn apply_to<R>(self, create: impl FnOnce() -> R) -> R {
        /// Removes the hint where the span is disabled or never created.
        struct Unmark;
        impl Drop for Unmark {
            fn drop(&mut self) {
                SpanHint::take();
            }
        }
        let _ = MARK.try_with(|mark| mark.set(Some(self)));
        let _unmark = Unmark;
        create()
    }

    pub(crate) fn take() -> Option<Self> {
        MARK.try_with(Cell::take).ok().flatten()
    }
}
