use std::cell::Cell;

use crate::record::Kind;

thread_local! {
    static MARK: Cell<Option<SpanHint>> = const { Cell::new(None) };
}

/// What the macros have to tell the layer of the span that they are about to create, beside its
/// fields, which every other layer sees.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SpanHint {
    pub(crate) kind: Option<Kind>,
    /// Whether the innermost frame is what the macro says of the span itself.
    pub(crate) is_explicit: bool,
}

impl SpanHint {
    /// Marks the next span that `create` creates on this thread.
    pub(crate) fn apply_to<R>(self, create: impl FnOnce() -> R) -> R {
        /// Nobody takes the mark where the span is disabled, or is never created.
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
