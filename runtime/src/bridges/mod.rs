#[cfg(feature = "fmt")]
pub mod fmt;
#[cfg(feature = "rayon")]
pub mod rayon;
#[cfg(feature = "tokio")]
pub mod task;
#[cfg(feature = "tower")]
pub mod tower;

pub use fmt::Attributed;
pub use rayon::Scope;
pub use task::JoinSetExt;
pub use tower::{AttributionLayer, AttributionService};
