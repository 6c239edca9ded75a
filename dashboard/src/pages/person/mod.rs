//! The page of a person.

mod day_chart;
mod lists;
mod view;

pub(super) use lists::session_table;
pub(crate) use view::PersonView;
