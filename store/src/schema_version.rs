//! The text and the versions of the schema.

/// The schema of a new file.
pub(crate) const SCHEMA: &str = include_str!("schema.sql");
/// The version that this crate writes. A writer migrates older files.
pub(crate) const NEWEST: i64 = 7;
/// The oldest version that is migrated.
pub(crate) const OLDEST: i64 = 3;
