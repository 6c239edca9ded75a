//! The hooks of a format.

use std::cell::Cell;
use std::fmt;
use std::sync::Arc;

use crate::bridges::fmt::line::Line;
use crate::diagnostics::stats;
use crate::user_code::catch::catch;

type Hook = dyn Fn(&mut Line<'_>) -> bool + Send + Sync;

/// The hooks of one format, in the order in which they run.
#[derive(Clone, Default)]
pub(super) struct LineHooks(Vec<Arc<Hook>>);

thread_local! {
    static IS_RUNNING: Cell<bool> = const { Cell::new(false) };
}

struct Running;

impl Drop for Running {
    fn drop(&mut self) {
        IS_RUNNING.set(false);
    }
}

impl LineHooks {
    pub(super) fn push(&mut self, hook: Arc<Hook>) {
        self.0.push(hook);
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Runs the hooks. Returns whether the line is written.
    ///
    /// A hook that logs causes another line, whose hooks would log again: such a line is written
    /// without hooks, and without what they could have removed. So is the line of a hook that
    /// panics, which may have removed only a part.
    pub(super) fn run(&self, line: &mut Line<'_>) -> bool {
        if IS_RUNNING.replace(true) {
            line.clear();
            return true;
        }
        let _running = Running;
        for hook in &self.0 {
            match catch(|| hook(line)) {
                Some(true) => {}
                Some(false) => {
                    stats::dropped_line();
                    return false;
                }
                None => {
                    stats::hook_panic();
                    line.clear();
                    return true;
                }
            }
        }
        true
    }
}

impl fmt::Debug for LineHooks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("LineHooks").field(&self.0.len()).finish()
    }
}
