//! What went wrong, in words.

use std::error::Error;

/// What went wrong, for whoever ran the program.
pub type Failure = Box<dyn Error + Send + Sync>;
