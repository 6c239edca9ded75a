pub(crate) mod recorder;
pub(crate) mod strict;

pub use recorder::Recorder;
pub(crate) use recorder::Tap;
pub(crate) use strict::{is_strict, note_misuse, note_unscoped};
pub use strict::{require_user, require_user_everywhere, RequireUser};
