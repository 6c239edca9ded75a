pub(crate) mod clock;
pub(crate) mod intern;
pub(crate) mod quoted;
pub(crate) mod reentry;
pub(crate) mod revision;
pub(crate) mod sharded_counter;
pub(crate) mod short_str;
pub(crate) mod sorted_map;
pub(crate) mod timestamp;

pub(crate) use clock::Moment;
pub(crate) use quoted::Unquoted;
pub(crate) use reentry::Exclusive;
pub(crate) use revision::Revision;
pub(crate) use short_str::Text;
pub(crate) use sorted_map::{AtMost, Keyed};
pub use timestamp::Timestamp;
