//! The page of one record.

mod details;
mod view;

pub(crate) use view::RecordView;
