//! How to use whose, topic by topic.

#[doc = include_str!("../docs/errors.md")]
pub mod errors {}

#[doc = include_str!("../docs/privacy.md")]
pub mod privacy {}
