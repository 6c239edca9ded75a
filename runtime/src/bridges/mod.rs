#[cfg(feature = "fmt")]
pub mod fmt;
#[cfg(feature = "rayon")]
pub mod rayon;
#[cfg(any(feature = "rayon", feature = "tokio"))]
pub(crate) mod span_inside;
#[cfg(feature = "tokio")]
pub mod task;
#[cfg(feature = "tower")]
pub mod tower;
