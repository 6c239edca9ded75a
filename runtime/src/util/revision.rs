//! What becomes of a value that somebody looks through.

/// What is left of a value.
#[derive(Debug)]
pub(crate) enum Revision<T> {
    /// All of it.
    Keep,
    Remove,
    Replace(T),
}

impl<T> Revision<T> {
    /// As `left`, where nothing stands for a removed value.
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

    /// Leaves what is left in the place of the value; says whether anything is.
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

    /// As [`apply_to`](Self::apply_to); says whether the place was changed.
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
