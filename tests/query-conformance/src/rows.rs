//! Rows of an answer.

use std::fmt::Debug;

use whose_store::{Rows, StoreError};

/// All rows of an answer.
pub(crate) fn rows<T: Debug>(answer: Result<Rows<'_, T>, StoreError>) -> Vec<T> {
    answer.unwrap().map(Result::unwrap).collect()
}

/// The texts, where each is expected.
pub(crate) fn texts<T>(rows: &[T], text: impl Fn(&T) -> Option<&str>) -> Vec<String> {
    let texts = rows.iter().map(|row| text(row).unwrap_or_default());
    texts.map(str::to_owned).collect()
}
