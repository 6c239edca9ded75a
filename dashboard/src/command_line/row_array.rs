//! Rows as a JSON array.

use std::cell::{Cell, RefCell};

use serde::Serialize;
use serde::ser::{Error as _, SerializeSeq};
use whose_store::Rows;

use crate::command_line::error::CommandError;

/// What is called with each row before the row is written.
pub(crate) type BeforeRow<'a, T> = &'a mut dyn FnMut(&T) -> Result<(), CommandError>;

/// Serializes rows as an array, each when it is read.
pub(crate) struct RowArray<'a, 'r, T> {
    rows: RefCell<&'a mut Rows<'r, T>>,
    before: RefCell<BeforeRow<'a, T>>,
    error: Cell<Option<CommandError>>,
}

impl<'a, 'r, T> RowArray<'a, 'r, T> {
    /// Calls `before` with each row before the row is written.
    pub(crate) fn new(rows: &'a mut Rows<'r, T>, before: BeforeRow<'a, T>) -> Self {
        Self {
            rows: RefCell::new(rows),
            before: RefCell::new(before),
            error: Cell::new(None),
        }
    }

    /// The error that ended the array early.
    pub(crate) fn error(&self) -> Option<CommandError> {
        self.error.take()
    }
}

impl<T: Serialize> Serialize for RowArray<'_, '_, T> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut array = serializer.serialize_seq(None)?;
        let mut before = self.before.borrow_mut();
        for row in &mut **self.rows.borrow_mut() {
            let row = row.map_err(CommandError::from);
            let row = row.and_then(|row| before(&row).map(|()| row));
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
