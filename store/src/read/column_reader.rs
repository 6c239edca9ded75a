//! Reading the columns of a row, tolerating wrong types.

use rusqlite::Row;
use rusqlite::types::ValueRef;
use serde::de::DeserializeOwned;

/// Reads the columns of a row in order. Lookups by name took a third of the time of a query of
/// records.
///
/// A value of the wrong type in a damaged or forged file reads as a default, so that one bad record
/// does not fail the query.
pub(super) struct ColumnReader<'a, 'row> {
    row: &'a Row<'row>,
    index: usize,
    /// The bytes of texts and blobs read so far.
    pub(super) bytes: usize,
}

impl<'a, 'row> ColumnReader<'a, 'row> {
    pub(super) fn new(row: &'a Row<'row>) -> Self {
        Self {
            row,
            index: 0,
            bytes: 0,
        }
    }

    fn value(&mut self) -> rusqlite::Result<ValueRef<'a>> {
        let value = self.row.get_ref(self.index)?;
        self.index += 1;
        if let ValueRef::Text(bytes) | ValueRef::Blob(bytes) = value {
            self.bytes += bytes.len();
        }
        Ok(value)
    }

    pub(super) fn optional_number(&mut self) -> rusqlite::Result<Option<i64>> {
        Ok(match self.value()? {
            ValueRef::Integer(number) => Some(number),
            _ => None,
        })
    }

    pub(super) fn number(&mut self) -> rusqlite::Result<i64> {
        Ok(self.optional_number()?.unwrap_or_default())
    }

    /// A number that is never negative.
    pub(super) fn count(&mut self) -> rusqlite::Result<u64> {
        Ok(self.number()?.max(0).cast_unsigned())
    }

    pub(super) fn optional_count(&mut self) -> rusqlite::Result<Option<u64>> {
        let number = self.optional_number()?;
        Ok(number.map(|number| number.max(0).cast_unsigned()))
    }

    pub(super) fn optional_text(&mut self) -> rusqlite::Result<Option<String>> {
        Ok(match self.value()? {
            ValueRef::Text(bytes) => Some(String::from_utf8_lossy(bytes).into_owned()),
            ValueRef::Integer(number) => Some(number.to_string()),
            ValueRef::Real(number) => Some(number.to_string()),
            ValueRef::Null | ValueRef::Blob(_) => None,
        })
    }

    pub(super) fn optional_real(&mut self) -> rusqlite::Result<Option<f64>> {
        Ok(match self.value()? {
            ValueRef::Real(number) => Some(number),
            _ => None,
        })
    }

    pub(super) fn text(&mut self) -> rusqlite::Result<String> {
        Ok(self.optional_text()?.unwrap_or_default())
    }

    /// A text; `None` if it is empty.
    pub(super) fn non_empty_text(&mut self) -> rusqlite::Result<Option<String>> {
        Ok(self.optional_text()?.filter(|word| !word.is_empty()))
    }

    /// The file and line of a call site, if known.
    pub(super) fn call_site(&mut self) -> rusqlite::Result<(Option<String>, Option<u32>)> {
        let (file, line) = (self.non_empty_text()?, self.number()?);
        let line = u32::try_from(line).ok().filter(|_| file.is_some());
        Ok((file, line))
    }

    /// A column with JSON; the default value if there is none.
    pub(super) fn json<T: DeserializeOwned + Default>(&mut self) -> rusqlite::Result<T> {
        Ok(match self.value()? {
            ValueRef::Text(bytes) => serde_json::from_slice(bytes).unwrap_or_default(),
            _ => T::default(),
        })
    }

    /// A blob in hexadecimal digits.
    pub(super) fn hex(&mut self) -> rusqlite::Result<Option<String>> {
        Ok(match self.value()? {
            ValueRef::Blob(bytes) => Some(hex(bytes)),
            _ => None,
        })
    }

    /// The bits of a number in hexadecimal digits.
    pub(super) fn hex_number(&mut self) -> rusqlite::Result<Option<String>> {
        let number = self.optional_number()?;
        Ok(number.map(|number| hex(&number.to_be_bytes())))
    }
}

pub(super) fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digit = |half: u8| char::from(DIGITS[usize::from(half & 0xf)]);
    bytes
        .iter()
        .flat_map(|byte| [digit(byte >> 4), digit(*byte)])
        .collect()
}
