//! The `Debug` output of a frame.

use std::fmt;

use crate::frame::scope_data::ScopeData;
use crate::model::SessionId;

/// Shows ids and counts, and no content, because the `Debug` output of public types contains this
/// output.
impl fmt::Debug for ScopeData {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let data = self.data.as_deref();
        f.debug_struct("ScopeData")
            .field("user", &self.user)
            .field("session_id", &self.session.as_ref().map(SessionId::as_str))
            .field("actors", &self.actors().len())
            .field("tags", &self.tags.iter().count())
            .field("extra", &data.map_or(0, |data| data.extras().count()))
            .field("contexts", &data.map_or(0, |data| data.contexts().count()))
            .finish_non_exhaustive()
    }
}
