//! Which model calls a cost query covers.

use super::group_by::GroupBy;

/// Which model calls a cost query covers; see [`Queries::filtered_cost`](super::Queries::filtered_cost).
///
/// Each condition names a group of [`GroupBy`]. A call has to meet every condition.
///
/// ```
/// use whose_store::{CostFilter, GroupBy};
///
/// let filter = CostFilter::new()
///     .only(GroupBy::Model, "gpt-4o")
///     .only(GroupBy::Tag("plan".into()), "pro")
///     .without(GroupBy::User);
/// assert_ne!(filter, CostFilter::new());
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[must_use = "pass it to a query"]
pub struct CostFilter {
    conditions: Vec<(GroupBy, Option<String>)>,
}

impl CostFilter {
    /// All model calls.
    pub const fn new() -> Self {
        Self {
            conditions: Vec::new(),
        }
    }

    /// Only calls of this group: with [`GroupBy::User`], the calls of the user with that id.
    pub fn only(mut self, by: GroupBy, key: impl Into<String>) -> Self {
        self.conditions.push((by, Some(key.into())));
        self
    }

    /// Only calls without such a group: with [`GroupBy::User`], the calls without a user.
    pub fn without(mut self, by: GroupBy) -> Self {
        self.conditions.push((by, None));
        self
    }

    /// The conditions, in the order in which they were added. `None` stands for calls without such a
    /// group.
    pub fn conditions(&self) -> impl Iterator<Item = (&GroupBy, Option<&str>)> {
        let conditions = self.conditions.iter();
        conditions.map(|(by, key)| (by, key.as_deref()))
    }
}
