//! The errors of one group.

use rusqlite::{Transaction, params};

use super::pages::Rows;
use super::partitions::Partition;
use super::query::Query;
use super::reader::Reader;
use super::rows::RecordRow;
use super::time_merge::{RecordSource, SortKey};
use crate::error::StoreError;

impl Reader {
    pub(super) fn error_records(
        &self,
        fingerprint: &str,
        query: &Query,
    ) -> Result<Rows<'_, RecordRow>, StoreError> {
        let source = ErrorSource {
            fingerprint: fingerprint_bytes(fingerprint),
        };
        self.newest_records(source, None, query)
    }
}

/// The bytes of a fingerprint in hexadecimal digits; none if the text is no fingerprint. No error
/// has an empty fingerprint.
pub(super) fn fingerprint_bytes(text: &str) -> Vec<u8> {
    let digits = text.as_bytes();
    let pairs = digits.chunks_exact(2);
    if !pairs.remainder().is_empty() || !digits.iter().all(u8::is_ascii_hexdigit) {
        return Vec::new();
    }
    let byte = |pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok();
    pairs.map_while(byte).collect()
}

struct ErrorSource {
    fingerprint: Vec<u8>,
}

impl RecordSource for ErrorSource {
    fn visit(
        &self,
        tx: &Transaction<'_>,
        partition: &Partition,
        emit: &mut dyn FnMut(SortKey),
    ) -> rusqlite::Result<()> {
        const ERRORS: &str = "SELECT r.start, r.id FROM failures f INDEXED BY failures_kind
            CROSS JOIN records r ON r.id = f.record
            WHERE f.fingerprint = ?1 AND f.record BETWEEN ?2 AND ?3";
        let mut statement = tx.prepare_cached(ERRORS)?;
        let mut rows = statement.query(params![
            self.fingerprint,
            partition.first_id,
            partition.last_id
        ])?;
        while let Some(row) = rows.next()? {
            emit((row.get(0)?, row.get(1)?));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_pairs_of_digits_are_a_fingerprint() {
        assert_eq!(fingerprint_bytes("00fF10"), [0, 255, 16]);
        for text in ["", "0", "0g", "+1", "é0", "' OR 1"] {
            assert!(fingerprint_bytes(text).is_empty(), "{text}");
        }
    }
}
