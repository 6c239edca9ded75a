//! The error type of the benchmark programs.

use std::error::Error;

/// An error for the person who runs the program.
pub type Failure = Box<dyn Error + Send + Sync>;
