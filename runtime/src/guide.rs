//! The guide: one page for each topic.

#[doc = include_str!("../docs/data.md")]
pub mod data {}

#[cfg(all(feature = "tokio", feature = "tower", feature = "rayon"))]
#[doc = include_str!("../docs/tasks.md")]
pub mod tasks {}

#[doc = include_str!("../docs/errors.md")]
pub mod errors {}

#[doc = include_str!("../docs/privacy.md")]
pub mod privacy {}

#[doc = include_str!("../docs/migration.md")]
pub mod migration {}
