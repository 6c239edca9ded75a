//! The way of records out of the file: on request of a user, or because of their age.

mod eraser;
mod forget;
mod forgotten;
mod keep;
mod marks;
mod mentions;
mod pages;
mod preview;
mod sweep;

/// The parts of the indexes, as the number that the keys of each begin with; before a query that
/// reads them. No view of the file: a foreign file can have one that never ends.
macro_rules! with_parts {
    ($query:literal) => {
        concat!(
            "WITH RECURSIVE down (number) AS (
               SELECT (SELECT max(id) FROM records) >> 16
               UNION ALL
               SELECT number - 1 FROM down
               WHERE number > (SELECT min(id) FROM records) >> 16),
             parts (part) AS (SELECT number << 32 FROM down) ",
            $query
        )
    };
}
use with_parts;

pub use eraser::Eraser;
pub use forgotten::{Forgotten, Mentions, Remnant};
pub use keep::{Keep, Kept};
pub use preview::ForgetPreview;
pub use sweep::Swept;
