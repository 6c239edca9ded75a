//! The mutable frames around an error or a record.

use crate::frame::{Frame, GlobalLayer, Isolated};
use crate::stack::Frames;

/// Calls `read` with the isolated scopes among `frames`, innermost first, each once, and with the values
/// of the process. `nearest` is the isolated scope around the entry of the current span.
pub(crate) fn with_mutable_frames<R>(
    frames: Frames<'_>,
    nearest: Option<&Isolated>,
    read: impl FnOnce(&[&Isolated], &GlobalLayer) -> R,
) -> R {
    let isolated = frames.clone().filter_map(|frame| match frame {
        Frame::Isolated(isolated) => Some(&**isolated.shared()),
        _ => None,
    });
    // A scope that is entered again inside itself counts once.
    let mut scopes: Vec<&Isolated> = Vec::new();
    for scope in isolated {
        if !scopes.iter().any(|other| std::ptr::eq(*other, scope)) {
            scopes.push(scope);
        }
    }
    // The stack of a span can have no isolated scope: then the scope outside the entry counts.
    if let Some(nearest) = nearest.filter(|_| scopes.is_empty()) {
        scopes.push(nearest);
    }
    frames.with_global(|global| read(&scopes, global))
}
