use crate::model::Attribution;

/// An answer, with what tells whether it still holds.
pub(crate) struct Cached {
    pub(crate) attribution: Attribution,
    /// The number of the stack that it is the answer for.
    pub(crate) stack_id: u64,
    /// How much was written into mutable frames before it was asked for.
    pub(crate) epoch: u64,
}
