use crate::model::Attribution;

/// A resolved attribution, and what it was resolved from.
pub(crate) struct Cached {
    pub(crate) attribution: Attribution,
    /// The id of the stack that was resolved.
    pub(crate) stack_id: u64,
    /// The [epoch](crate::frame::epoch::epoch) of writes before the stack was resolved.
    pub(crate) epoch: u64,
}
