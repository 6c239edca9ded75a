//! The mark phase: which rows the records refer to.

use std::collections::HashMap;

use foldhash::fast::RandomState;
use rusqlite::{Connection, Row};

use super::protection::Protection;

/// The records of one query. A longer read would block checkpoints of the log.
const CHUNK: i64 = 20_000;

/// SQL for the next records, each with its references, its end, and whether it is protected.
fn select_references(protection: &Protection) -> String {
    format!(
        "SELECT r.id, r.text, r.scope, r.session, r.user, r.site, r.traits,
            r.start + coalesce(r.duration, 0), {}
        FROM records r WHERE r.id > ?1 ORDER BY r.id LIMIT ?2",
        protection.sql()
    )
}

/// A set of row ids. Each entry holds 512 neighbours.
#[derive(Default)]
pub(super) struct MarkedIds(HashMap<i64, [u64; 8], RandomState>);

impl MarkedIds {
    fn insert(&mut self, id: i64) {
        let words = self.0.entry(id >> 9).or_default();
        words[(id >> 6 & 7) as usize] |= 1 << (id & 63);
    }

    pub(super) fn contains(&self, id: i64) -> bool {
        let words = self.0.get(&(id >> 9));
        words.is_some_and(|words| words[(id >> 6 & 7) as usize] >> (id & 63) & 1 == 1)
    }
}

/// The rows that the records up to a row id refer to.
///
/// Row ids of records only grow and records never change, so marks stay valid while other
/// connections write. Call [`catch_up`](Self::catch_up) in the transaction that deletes unmarked
/// rows.
pub(super) struct Marks {
    pub(super) texts: MarkedIds,
    pub(super) scopes: MarkedIds,
    pub(super) sessions: MarkedIds,
    pub(super) users: MarkedIds,
    pub(super) sites: MarkedIds,
    pub(super) traits: MarkedIds,
    /// The row id of the last scanned record.
    last_scanned: i64,
}

impl Marks {
    /// No marks.
    pub(super) fn new() -> Self {
        Self {
            texts: MarkedIds::default(),
            scopes: MarkedIds::default(),
            sessions: MarkedIds::default(),
            users: MarkedIds::default(),
            sites: MarkedIds::default(),
            traits: MarkedIds::default(),
            last_scanned: i64::MIN,
        }
    }

    /// Marks the references of records that were written since the last scan.
    pub(super) fn catch_up(&mut self, connection: &Connection) -> rusqlite::Result<()> {
        let none = Protection::none();
        while self.scan_chunk(connection, i64::MIN, &none)?.is_some() {}
        Ok(())
    }

    /// Scans the next records. Returns the ids of those that ended before `cutoff` and are not
    /// protected, and marks the references of the others. Returns `None` at the end of the table.
    pub(super) fn scan_chunk(
        &mut self,
        connection: &Connection,
        cutoff: i64,
        protection: &Protection,
    ) -> rusqlite::Result<Option<Vec<i64>>> {
        let mut statement = connection.prepare_cached(&select_references(protection))?;
        let mut rows = statement.query((self.last_scanned, CHUNK))?;
        let (mut old, before) = (Vec::new(), self.last_scanned);
        while let Some(row) = rows.next()? {
            self.last_scanned = row.get(0)?;
            if end(row)? < cutoff && !row.get::<_, bool>(8)? {
                old.push(self.last_scanned);
            } else {
                self.mark(row)?;
            }
        }
        Ok((self.last_scanned > before).then_some(old))
    }

    fn mark(&mut self, row: &Row<'_>) -> rusqlite::Result<()> {
        let sets = [
            &mut self.texts,
            &mut self.scopes,
            &mut self.sessions,
            &mut self.users,
            &mut self.sites,
            &mut self.traits,
        ];
        for (set, column) in sets.into_iter().zip(1..) {
            if let Some(id) = row.get::<_, Option<i64>>(column)? {
                set.insert(id);
            }
        }
        Ok(())
    }
}

/// The end of a record. SQLite turns a sum that overflows into a real number.
fn end(row: &Row<'_>) -> rusqlite::Result<i64> {
    use rusqlite::types::ValueRef;

    Ok(match row.get_ref(7)? {
        ValueRef::Integer(nanos) => nanos,
        _ => i64::MAX,
    })
}

#[cfg(test)]
mod tests {
    use super::MarkedIds;

    #[test]
    fn id_set_contains_only_inserted_ids() {
        let mut set = MarkedIds::default();
        let ids = [i64::MIN, -1, 0, 63, 64, 511, 512, 1 << 40, i64::MAX];
        ids.iter().for_each(|id| set.insert(*id));
        for id in ids {
            assert!(set.contains(id), "{id}");
            let next = id.wrapping_add(1);
            assert_eq!(set.contains(next), ids.contains(&next), "{next}");
        }
    }
}
