//! The column that a list is grouped by, and the SQL of its index.

/// The column of `records` that a list is grouped by.
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

    pub(super) fn related(self) -> &'static str {
        match self {
            Self::User => "session",
            Self::Session => "user",
        }
    }

    /// SQL for the records `r` of one partition by index. Parameters: `?1` the [`Partition::key`],
    /// `?2` the row id of the user or session, `?3` and `?4` the first and last record. The
    /// condition on the row id makes SQLite use the partial index.
    pub(super) fn records_of_partition(self) -> String {
        let name = self.name();
        format!(
            "records r INDEXED BY records_{name}
             WHERE r.id >> 16 << 32 | r.{name} = ?1 AND r.{name} = ?2 AND r.id BETWEEN ?3 AND ?4"
        )
    }

    /// SQL for the records `r` of row id `?1` in the partitions of the JSON array `?2`, up to
    /// record `?3`.
    pub(super) fn records_of_partitions(self) -> String {
        let name = self.name();
        format!(
            "json_each(?2) p CROSS JOIN records r INDEXED BY records_{name}
             ON r.id >> 16 << 32 | r.{name} = p.value << 32 | ?1 AND r.{name} = ?1 AND r.id <= ?3"
        )
    }

    /// SQL for the greatest key from `?1` to `?2`.
    pub(super) fn max_key(self) -> String {
        let name = self.name();
        let key = format!("r.id >> 16 << 32 | r.{name}");
        format!(
            "SELECT {key} FROM records r INDEXED BY records_{name}
             WHERE r.{name} IS NOT NULL AND {key} >= ?1 AND {key} <= ?2
             ORDER BY {key} DESC LIMIT 1"
        )
    }

    /// SQL for the row ids in a partition, whose keys are between `?1` and `?2`, each with the number,
    /// start and duration of its last record up to `?3`. Takes three lookups for each row id,
    /// regardless of the number of records.
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
             SELECT last.number, n.id, n.start, n.duration
             FROM (SELECT keys.key & 4294967295 AS number,
                 (SELECT r.id {from} AND {key} = keys.key AND r.id <= ?3
                   ORDER BY r.id DESC LIMIT 1) AS record
               FROM keys WHERE keys.key IS NOT NULL) last
             CROSS JOIN records n ON n.id = last.record"
        )
    }
}

/// A user or a session to list.
pub(super) struct ListEntry {
    pub(super) id: i64,
    /// No record of the user or session comes after this one.
    pub(super) last_record_id: i64,
}
