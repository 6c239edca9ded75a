//! Why viewers look.

use crate::url_query::UrlQuery;

/// Why viewers look.
#[derive(Clone, Debug, Default)]
pub(crate) struct Reasons {
    /// The reason of a view that states none.
    pub(crate) default: Option<String>,
    /// Whether a view without a reason is refused.
    pub(crate) is_required: bool,
}

impl Reasons {
    /// The reason of a view: that of the request, or else the default.
    pub(super) fn of<'a>(&'a self, query: &'a UrlQuery) -> Option<&'a str> {
        let reason = query.get("reason").or(self.default.as_deref());
        reason.filter(|reason| !reason.trim().is_empty())
    }
}
