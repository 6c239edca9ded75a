//! A sink of `whose` that writes each record as one line of JSON to files that rotate.
//!
//! Use the sink where another program collects files: a log shipper, a container platform, `jq`.
//! Each line has the user and the session of its record; [`whose::Record`] lists the keys.
//!
//! ```
//! use tracing_subscriber::prelude::*;
//! use whose_json_lines::JsonLines;
//!
//! # let folder = tempfile::tempdir()?;
//! # let folder = folder.path();
//! let lines = JsonLines::daily(folder)?; // folder/whose.2026-11-29.jsonl
//! # let for_test = lines.clone();
//! let subscriber = tracing_subscriber::registry().with(whose::layer().with_sink(lines));
//! tracing::subscriber::with_default(subscriber, || {
//!     // {"type":"event","time":"2026-11-29T20:03:58.552Z",…,"message":"hello","user.id":"alice",…}
//!     whose::user("alice").in_scope(|| tracing::info!("hello"));
//! });
//! # use whose::RecordSink;
//! # assert!(for_test.flush(std::time::Duration::from_secs(10)).is_complete());
//! # let file = std::fs::read_dir(folder)?.next().unwrap()?.path();
//! # assert!(std::fs::read_to_string(file)?.contains(r#""message":"hello","user.id":"alice""#));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! A subscriber that is set for the whole process is never dropped: keep a
//! [`whose::shutdown_guard`] in `main`, which writes the last lines.

mod builder;
mod error;
mod file;
mod queue;
mod rotation;
mod sink;
mod warning;
mod writer;

pub use builder::JsonLinesBuilder;
pub use error::OpenError;
pub use rotation::Rotation;
pub use sink::JsonLines;

/// Compiles the README.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
