//! Rows as a JSON array.

use std::cell::{Cell, RefCell};

use serde::Serialize;
use serde::ser::{Error as _, SerializeSeq};
use whose_store::{Rows, StoreError};

/// Serializes rows as an array, each when it is read.
pub(crate) struct RowArray<'a, 'r, T> {
    rows: RefCell<&'a mut Rows<'r, T>>,
    error: Cell<Option<StoreError>>,
}

impl<'a, 'r, T> RowArray<'a, 'r, T> {
    pub(crate) fn new(rows: &'a mut Rows<'r, T>) -> Self {
        Self {
            rows: RefCell::new(rows),
            error: Cell::new(None),
        }
    }

    /// The error that ended the array early.
    pub(crate) fn error(&self) -> Option<StoreError> {
        self.error.take()
    }
}

impl<T: Serialize> Serialize for RowArray<'_, '_, T> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut array = serializer.serialize_seq(None)?;
        for row in &mut **self.rows.borrow_mut() {
            match row {
                Ok(row) => array.serialize_element(&row)?,
                Err(error) => {
                    let message = S::Error::custom(&error);
                    self.error.set(Some(error));
                    return Err(message);
                }
            }
        }
        array.end()
    }
}
