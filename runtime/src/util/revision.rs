//! The result of a policy for one value.

/// The decision of a policy about a value: keep, remove or replace.
#[derive(Debug)]
pub(crate) enum Revision<T> {
    /// The value stays unchanged.
    Keep,
    Remove,
    Replace(T),
}

impl<T> Revision<T> {
    /// The revision for a remaining value; `None` removes the value.
    pub(crate) fn of(left: Option<T>) -> Self {
        left.map_or(Self::Remove, Self::Replace)
    }

    pub(crate) fn is_keep(&self) -> bool {
        matches!(self, Self::Keep)
    }

    pub(crate) fn map<U>(self, f: impl FnOnce(T) -> U) -> Revision<U> {
        match self {
            Self::Keep => Revision::Keep,
            Self::Remove => Revision::Remove,
            Self::Replace(value) => Revision::Replace(f(value)),
        }
    }

    /// Applies the revision to a value. Returns whether the value remains.
    pub(crate) fn apply_to(self, value: &mut T) -> bool {
        match self {
            Self::Keep => true,
            Self::Remove => false,
            Self::Replace(left) => {
                *value = left;
                true
            }
        }
    }

    /// As [`apply_to`](Self::apply_to), for an optional value. Returns whether the value changed.
    pub(crate) fn apply_to_option(self, value: &mut Option<T>) -> bool {
        match self {
            Self::Keep => false,
            Self::Remove => value.take().is_some(),
            Self::Replace(left) => {
                *value = Some(left);
                true
            }
        }
    }
}
