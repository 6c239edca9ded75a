//! Chapters that are longer than the documentation of one item.

#[doc = include_str!("../docs/privacy.md")]
pub mod privacy {}
