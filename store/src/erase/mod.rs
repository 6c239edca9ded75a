//! Erasing records: on request of a user, or by age and size.

mod eraser;
mod forget;
mod hold;
mod marks;
mod mentions;
mod pages;
mod partitions_sql;
mod preview;
mod protection;
mod pseudonymise;
mod report;
mod retention;
mod sweep;
mod vacuum;

pub use eraser::Eraser;
pub use hold::Hold;
pub use preview::ForgetPreview;
pub use protection::RetentionClass;
pub use report::{ForgetReport, Mentions, Remnant};
pub use retention::{Retention, RetentionReport};
pub use sweep::SweptRows;
pub use vacuum::VacuumReport;
