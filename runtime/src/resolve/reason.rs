//! Why a record has no user.

use crate::frame::{Frame, ScopeData};
use crate::model::attribution::Gap;
use crate::model::UnattributedReason;
use crate::stack::Frames;

/// The reason why these frames have no user. None of them names a user or is anonymous.
pub(crate) fn reason_at(frames: Frames<'_>) -> Gap {
    let mut is_in_scope = false;
    for frame in frames.clone() {
        match frame {
            Frame::Isolated(isolated) => {
                return Gap {
                    reason: UnattributedReason::Unset,
                    scope_id: Some(isolated.id),
                };
            }
            Frame::User(..) | Frame::Fixed(_) => is_in_scope = true,
            // A span with identity fields counts as a scope after a field is recorded.
            Frame::Span(span_identity) => {
                is_in_scope |= span_identity.read(|data| !data.is_empty());
            }
            Frame::Global(_) => {}
        }
    }
    let has_data = |data: &ScopeData| !data.is_empty();
    let reason = if is_in_scope {
        UnattributedReason::NoIsolatedScope
    } else if frames.with_global(|global| global.read(has_data)) == Some(true) {
        UnattributedReason::GlobalOnly
    } else {
        UnattributedReason::NoScope
    };
    Gap {
        reason,
        scope_id: None,
    }
}
