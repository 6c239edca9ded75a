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

pub use eraser::Eraser;
pub use forgotten::{Forgotten, Mentions, Remnant};
pub use keep::{Keep, Kept};
pub use preview::ForgetPreview;
pub use sweep::Swept;
