//! Who looks, and how.

use whose_store::{Access, AccessWay};

use crate::access::Viewer;

/// Who looks, in which way, and at which view: what a row of the access log has beside the user and the
/// reason.
#[derive(Clone, Debug)]
pub(crate) struct AccessContext {
    viewer: Viewer,
    way: AccessWay,
    /// The path of a page, or the name of a tool.
    view: &'static str,
}

impl AccessContext {
    pub(crate) fn new(viewer: Viewer, way: AccessWay, view: &'static str) -> Self {
        Self { viewer, way, view }
    }

    /// The row of the access log for one user.
    pub(super) fn access(&self, user: &str) -> Access {
        Access::new(self.viewer.name(), self.way, self.view, user)
    }
}
