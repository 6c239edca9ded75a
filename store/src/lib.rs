//! Stores the records of [`whose`] in one SQLite file, and queries who did what, in which session,
//! and at what cost.
//!
//! [`Store`] is a [`RecordSink`](whose::RecordSink) that writes in batches on its own thread; its
//! `flush` returns when the records are on disk. [`Reader`] runs queries. [`init`](init()) sets up
//! the store and log lines for a program that has no subscriber:
//!
//! ```
//! use std::time::Duration;
//! use whose_store::{GroupBy, Queries, Query, Reader};
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
//! # Durability
//! A record waits in a bounded queue ([`WhenFull`] configures the bound's behaviour) for about 50
//! ms until it is written. Written records survive the end of the process, including `SIGKILL`.
//! Flushed records survive a loss of power. After either, the file opens without repair, with its
//! log (`whose.db-wal`) beside it. A [shutdown](whose::shutdown) leaves one file with every record.
//!
//! Only their owner can read the files (mode 0600). Lost records are counted, reported on stderr,
//! and recorded in the file as a time range.
//!
//! # Erasing
//! [`Store::forget`] erases every byte of one user from the file and its log, and rejects late
//! records of the user; [`Store::pseudonymise`] does the same and keeps counts and costs under a random
//! id. [`Store::keep`] erases records by age and by size. Both run beside writers
//! and readers. [`Eraser`] does the same in a program that has no open store.
//!
//! # Money
//! Costs are computed from tokens at query time, with [`Prices`]. A call is billed at the price of
//! its day. A call without a price has no cost, and its model is listed separately.

mod access;
mod backup;
mod busy_timeout;
mod erase;
mod error;
mod file_identity;
mod init;
mod log;
mod migration;
mod money;
mod outbox;
mod owner_only;
mod prices;
mod read;
mod schema;
mod schema_version;
mod side_files;
mod stderr;
mod store;
mod tombstone;
mod write;

pub use access::{Access, AccessLog, AccessWay};
pub use erase::{
    Eraser, ForgetPreview, ForgetReport, Hold, Mentions, Remnant, Retention, RetentionClass,
    RetentionReport, SweptRows, VacuumReport,
};
pub use error::StoreError;
pub use file_identity::FileIdentity;
pub use init::init;
pub use money::Usd;
pub use outbox::{Outbox, OutboxEntry, OutboxItem, OutboxOwner, OutboxPushed};
pub use prices::{
    Day, LongInput, Price, PriceError, PriceHistory, Prices, Rate, ServiceTier, UnpricedReason,
};
pub use read::{
    AccessChain, AccessFault, AccessFilter, AccessRow, CallSummary, Comparison, ConversationRow,
    CostChange, CostChanges, CostCoverageRow, CostFilter, CostOverTime, CostPoint, CostReport,
    CostRow, CostSeries, Counts, CoverageRow, DayActivity, ErrorGroup, ErrorKey, ErrorUser,
    FileCheck, Graph, GraphEdge, GraphFilter, GraphNode, GroupBy, Identity, JobRow, JobStatus,
    LatestFilter, LatestRecords, LostRecords, NodeKind, ParseErrorKeyError, ParseGroupByError,
    ParseRecordClassError, ParseRecordKeyError, ParseTimeBucketError, ParseUserSortError,
    ProfileChange, Queries, Query, Reader, RecordClass, RecordKey, RecordRow, Remaining, Rows,
    ScoreFilter, ScoreReport, ScoreRow, ScoreSession, ScoreSummary, ScoreTrend, SearchCondition,
    SearchField, SearchFilter, SessionRow, StoreHealth, SuggestionsOf, TimeBucket, TimeParts,
    Totals, TrailFilter, UnattributedCost, UnattributedFilter, UnpricedModel, Usage, UserFilter,
    UserPage, UserRow, UserSort, UserTrends, ValueTest,
};
pub use store::{PendingWrite, Store, StoreBuilder, StoreStats};
/// Re-exported from [`whose`]: the type of every time in the rows.
pub use whose::Timestamp;
pub use whose::{TokenCounts, input_excludes_cached};
pub use write::{WhenFileGone, WhenFull, WriteState};
