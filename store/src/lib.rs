//! Keeps the records of [`whose`] in one SQLite file, and answers from it who did what, in which
//! session, and what it cost.
//!
//! [`Store`] is a [`RecordSink`](whose::RecordSink): it writes on a thread of its own, in batches,
//! and its `flush` means *on disk*. [`Reader`] asks. [`init`](init()) sets up both the store and
//! the log lines of a program that has no subscriber yet:
//!
//! ```
//! use std::time::Duration;
//! use whose_store::{GroupBy, Query, Reader};
//!
//! # let folder = tempfile::tempdir()?;
//! # let path = folder.path().join("whose.db");
//! let _shutdown = whose_store::init(&path)?; // closes the store when it is dropped
//!
//! whose::user("alice").session("s-1").in_scope(|| {
//!     tracing::info!("asks the model");
//!     whose::usage("gpt-4o-mini-2024-07-18").input_tokens(1000).output_tokens(200).record();
//! });
//! assert!(whose::flush(Duration::from_secs(5)).is_complete());
//!
//! let reader = Reader::open(&path)?;
//! let users = reader.users(&Query::new())?.collect::<Result<Vec<_>, _>>()?;
//! assert_eq!(users[0].id.as_deref(), Some("alice"));
//! assert_eq!(users[0].usage.cost_usd.unwrap().to_string(), "$0.00027");
//!
//! let trail = reader.audit("alice", &Query::new())?.collect::<Result<Vec<_>, _>>()?;
//! assert_eq!(trail[0].message.as_deref(), Some("asks the model"));
//! let mut costs = reader.cost(&GroupBy::Session, &Query::new())?.rows;
//! assert_eq!(costs.next().unwrap()?.key.as_deref(), Some("s-1"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # What is safe when
//! A record is queued in memory (bounded; [`WhenFull`] says what happens then), and within about
//! 50 ms it is written. What is written survives the end of the process, also by `SIGKILL`. What a
//! flush has confirmed survives a loss of power too. After either, the file opens as it is, with
//! its log (`whose.db-wal`) beside it; after a [shutdown](whose::shutdown) one file holds everything.
//!
//! The files are readable by their owner alone (mode 0600). Lost records are warned about on stderr
//! and counted, and the file says which time they are missing from.
//!
//! # Erasing
//! [`Store::forget`] erases one user from the file and its log, byte for byte, and keeps late
//! records of the user away; [`Store::keep`] erases what is too old or too much. Both run beside
//! writers and readers. An [`Eraser`] does the same in a program that has no store open.
//!
//! # Money
//! Costs are computed from tokens when they are asked for, by the [`Prices`] in force then; a model
//! without a price has no cost, and is listed instead of guessed.

mod backup;
mod erase;
mod error;
mod init;
mod money;
mod owner_only;
mod prices;
mod read;
mod schema;
mod store;
mod tombstone;
mod write;

pub use erase::{
    Eraser, ForgetPreview, ForgetReport, Mentions, Remnant, Retention, RetentionReport, SweptRows,
};
pub use error::StoreError;
pub use init::init;
pub use money::Usd;
pub use prices::{LongInput, Price, PriceError, Prices, Rate};
pub use read::{
    CostReport, CostRow, Counts, CoverageRow, ErrorGroup, GroupBy, Identity, LostRecords,
    ParseGroupByError, Query, Reader, RecordRow, Remaining, Rows, SearchFilter, SessionRow, Totals,
    UnattributedFilter, UnpricedModel, Usage, UserRow,
};
pub use store::{Store, StoreBuilder, StoreStats};
/// Re-exported from [`whose`]: the type of every moment in the answers.
pub use whose::Timestamp;
pub use write::{WhenFileGone, WhenFull};
