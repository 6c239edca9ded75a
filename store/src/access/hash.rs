//! The hashes of the chain.

use hmac_sha256::Hash;

/// The hash before the first row.
pub(crate) const FIRST_HASH: [u8; 32] = [0; 32];

/// The columns of a row of `accesses` that its hash covers.
pub(crate) struct ChainedRow<'a> {
    pub(crate) id: i64,
    pub(crate) time: i64,
    pub(crate) viewer: &'a [u8],
    pub(crate) way: &'a [u8],
    pub(crate) view: &'a [u8],
    pub(crate) user: Option<i64>,
    pub(crate) subject: &'a [u8],
    pub(crate) reason: Option<&'a [u8]>,
}

impl ChainedRow<'_> {
    /// The hash of the row after the row with the hash `previous`.
    pub(crate) fn hash(&self, previous: &[u8]) -> [u8; 32] {
        let mut hash = Hash::new();
        add(&mut hash, previous);
        hash.update(self.id.to_be_bytes());
        hash.update(self.time.to_be_bytes());
        for text in [self.viewer, self.way, self.view] {
            add(&mut hash, text);
        }
        add_optional(
            &mut hash,
            self.user.map(i64::to_be_bytes).as_ref().map(|id| &id[..]),
        );
        add(&mut hash, self.subject);
        add_optional(&mut hash, self.reason);
        hash.finalize()
    }
}

/// The hash of a reason in its row.
pub(crate) fn reason_hash(salt: &[u8], text: &[u8]) -> [u8; 32] {
    let mut hash = Hash::new();
    add(&mut hash, salt);
    add(&mut hash, text);
    hash.finalize()
}

/// Adds the length too, so that the same bytes in other columns have another hash.
fn add(hash: &mut Hash, bytes: &[u8]) {
    hash.update((bytes.len() as u64).to_be_bytes());
    hash.update(bytes);
}

fn add_optional(hash: &mut Hash, bytes: Option<&[u8]>) {
    hash.update([u8::from(bytes.is_some())]);
    add(hash, bytes.unwrap_or_default());
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row() -> ChainedRow<'static> {
        ChainedRow {
            id: 1,
            time: 2,
            viewer: b"ab",
            way: b"c",
            view: b"d",
            user: Some(3),
            subject: b"s",
            reason: None,
        }
    }

    #[test]
    fn hash_covers_every_column_and_the_row_before() {
        let rows = [
            row(),
            ChainedRow { id: 2, ..row() },
            ChainedRow { time: 3, ..row() },
            ChainedRow {
                viewer: b"a",
                ..row()
            },
            ChainedRow {
                viewer: b"a",
                way: b"bc",
                ..row()
            },
            ChainedRow {
                view: b"e",
                ..row()
            },
            ChainedRow {
                user: None,
                ..row()
            },
            ChainedRow {
                user: Some(4),
                ..row()
            },
            ChainedRow {
                subject: b"t",
                ..row()
            },
            ChainedRow {
                reason: Some(b""),
                ..row()
            },
            ChainedRow {
                reason: Some(b"r"),
                ..row()
            },
        ];
        let mut hashes: Vec<_> = rows.iter().map(|row| row.hash(&FIRST_HASH)).collect();
        hashes.push(row().hash(&[1; 32]));
        let count = hashes.len();
        hashes.sort_unstable();
        hashes.dedup();
        assert_eq!(hashes.len(), count);
    }
}
