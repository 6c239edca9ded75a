//! Keeps the records of [`whose`] in one SQLite file, and answers from it who did what, in which
//! session, and what it cost.
//!
//! [`Store`] is a [`RecordSink`](whose::RecordSink): it writes on a thread of its own, in batches,
//! and its `flush` means *on disk*. [`Reader`] asks. [`init`](init()) sets up both the store and
//! the log lines of a program that has no subscriber yet:
//!
//! ```
//! use std::time::Duration;
//! use whose_store::{By, Reader};
//!
//! # let folder = tempfile::tempdir()?;
//! # let path = folder.path().join("whose.db");
//! let _store = whose_store::init(&path)?; // flushes when it is dropped
//!
//! whose::user("alice").session("s-1").in_scope(|| {
//!     tracing::info!("asks the model");
//!     whose::usage("gpt-4o-mini-2024-07-18").input_tokens(1000).output_tokens(200).record();
//! });
//! assert!(whose::flush(Duration::from_secs(5)));
//!
//! let reader = Reader::open(&path)?;
//! let alice = &reader.users()?[0];
//! assert_eq!(alice.id.as_deref(), Some("alice"));
//! assert_eq!(alice.usage.cost_usd.unwrap().to_string(), "$0.00027");
//!
//! let trail = reader.audit("alice")?;
//! assert_eq!(trail[0].message.as_deref(), Some("asks the model"));
//! assert_eq!(reader.cost(&By::Session)?.rows[0].key.as_deref(), Some("s-1"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # What is safe when
//! A record is queued in memory (bounded; [`WhenFull`] says what happens then), and within about
//! 50 ms it is written. What is written survives the end of the process, also by `SIGKILL`. What a
//! flush has confirmed survives a loss of power too. After either, the file opens as it is.
//!
//! # Erasing
//! [`Store::forget`] erases one user from the file and its log, byte for byte, and keeps late
//! records of the user away; [`Store::keep`] erases what is too old or too much. Both run beside
//! writers and readers. An [`Eraser`] does the same in a program that has no store open.
//!
//! # Money
//! Costs are computed from tokens when they are asked for, by the [`Prices`] in force then; a model
//! without a price has no cost, and is listed instead of guessed.

mod erase;
mod error;
mod init;
mod money;
mod prices;
mod read;
mod schema;
mod store;
mod tombstone;
mod write;

pub use erase::{Eraser, ForgetPreview, Forgotten, Keep, Kept, Mentions, Remnant, Swept};
pub use error::StoreError;
pub use init::{StoreGuard, init};
pub use money::Usd;
pub use prices::{LongInput, Price, PriceError, Prices, Rate};
pub use read::{
    By, CostReport, CostRow, Counts, CoverageRow, ErrorGroup, Gaps, Reader, RecordRow, Search,
    SessionRow, Totals, UnknownGrouping, UnpricedModel, Usage, UserRow,
};
pub use store::{Store, StoreBuilder, StoreStats};
/// Re-exported from [`whose`]: the type of every moment in the answers.
pub use whose::Timestamp;
pub use write::WhenFull;
