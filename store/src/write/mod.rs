//! The path of a record into the file: queue, batch, insert.

mod call_site_cache;
mod check_in;
mod composite_key;
mod connection;
mod damage;
mod error_details;
mod generation_cache;
mod id_cache;
mod insert;
mod json;
mod links;
mod log_limit;
mod lookup;
mod loss;
mod model_usage;
mod open_file;
mod partition_times;
mod queue;
mod record_row;
mod rollup;
mod score;
mod status;
mod text_cache;
mod warning;
mod watched_file;
mod write_error;
mod writer;
mod writer_cache;

pub(crate) use id_cache::user_identity;
pub(crate) use links::scope_bits;
pub use queue::WhenFull;
pub(crate) use queue::{Capacity, Queue};
pub(crate) use status::{WriterOptions, WriterStatus};
pub(crate) use warning::warn_about_drops;
pub use write_error::WhenFileGone;
pub(crate) use writer::Writer;
