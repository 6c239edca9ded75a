//! Search: the conditions, how they become SQL, and the records that fulfil them.

mod compile;
mod condition;
mod driver;
mod filter;
mod lookup;
mod plan;
mod row_tests;
mod run;
mod source;
mod terms;
mod text_search;
mod value_test;
mod words;

pub use condition::{SearchCondition, SearchField};
pub use filter::SearchFilter;
pub use value_test::{Comparison, ValueTest};
pub(crate) use words::fts_phrase;
