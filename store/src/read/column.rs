//! Whose records are counted: the column, and a number that was met in it.

/// The number of what a record is counted for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Column {
    User,
    Session,
}

impl Column {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Session => "session",
        }
    }

    pub(super) fn other(self) -> &'static str {
        match self {
            Self::User => "session",
            Self::Session => "user",
        }
    }

    /// The records `r` of a part by its index: of [`Partition::key`] `?1` and the number `?2`, numbered
    /// from `?3` to `?4`. The number is asked for too, for the index is one of records that have
    /// any.
    pub(super) fn records_of_partition(self) -> String {
        let name = self.name();
        format!(
            "records r INDEXED BY records_{name}
             WHERE r.id >> 16 << 32 | r.{name} = ?1 AND r.{name} = ?2 AND r.id BETWEEN ?3 AND ?4"
        )
    }

    /// The records `r` of the number `?1` in all parts of the JSON array `?2`, up to the record
    /// `?3`.
    pub(super) fn records_of_partitions(self) -> String {
        let name = self.name();
        format!(
            "json_each(?2) p CROSS JOIN records r INDEXED BY records_{name}
             ON r.id >> 16 << 32 | r.{name} = p.value << 32 | ?1 AND r.{name} = ?1 AND r.id <= ?3"
        )
    }

    /// The greatest key from `?1` to `?2`.
    pub(super) fn max_key(self) -> String {
        let name = self.name();
        let key = format!("r.id >> 16 << 32 | r.{name}");
        format!(
            "SELECT {key} FROM records r INDEXED BY records_{name}
             WHERE r.{name} IS NOT NULL AND {key} >= ?1 AND {key} <= ?2
             ORDER BY {key} DESC LIMIT 1"
        )
    }

    /// The numbers in a part, `?1` and `?2` being the least and the greatest key that it can have,
    /// each with its newest record up to `?3`: two steps of the index for each number, however many
    /// records there are.
    pub(super) fn ids_of_partition(self) -> String {
        let name = self.name();
        let key = format!("r.id >> 16 << 32 | r.{name}");
        let from = format!("FROM records r INDEXED BY records_{name} WHERE r.{name} IS NOT NULL");
        format!(
            "WITH RECURSIVE keys (key) AS (
               SELECT (SELECT {key} {from} AND {key} >= ?1 AND {key} <= ?2 ORDER BY {key} LIMIT 1)
               UNION ALL
               SELECT (SELECT {key} {from} AND {key} > keys.key AND {key} <= ?2
                 ORDER BY {key} LIMIT 1)
               FROM keys WHERE keys.key IS NOT NULL)
             SELECT keys.key & 4294967295 AS number,
               (SELECT r.id {from} AND {key} = keys.key AND r.id <= ?3 ORDER BY r.id DESC LIMIT 1)
             FROM keys WHERE keys.key IS NOT NULL"
        )
    }
}

/// A user or a session that was met on the way.
pub(super) struct ListEntry {
    pub(super) id: i64,
    /// No record of the number comes after this one.
    pub(super) last_record_id: i64,
}
