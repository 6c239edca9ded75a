//! The index that finds the records of a search.

use rusqlite::types::Value;

use super::super::id_set::IdSet;
use super::super::partitions::Partition;
use super::super::trail::TrailSql;

/// The first parameter that a driver does not use. `?1` and `?2` are the keys of the driver, `?3` and
/// `?4` the first and the last record.
pub(super) const FIRST_FREE_PARAMETER: usize = 5;

/// How the records of a partition are found, before the other conditions are checked.
pub(super) enum Driver {
    /// No record can fulfil the conditions.
    Nothing,
    /// These records, sorted.
    Records(Vec<i64>),
    /// The index over the texts, for a few texts with many records.
    Texts(IdSet),
    /// The index over the users or the sessions, and the links.
    Owner { id: i64, sql: TrailSql },
    /// The index over the fingerprints.
    Fingerprint(Vec<u8>),
    /// The model calls.
    Calls,
    /// The index over the records without a user.
    Nobody,
    /// Every record.
    All,
}

/// One statement of a driver, without the other conditions.
pub(super) struct DriverQuery {
    /// `FROM … WHERE …`
    pub(super) sql: String,
    /// The values of `?1` and `?2`.
    pub(super) keys: [Value; 2],
}

impl Driver {
    /// The statements that find the records of a partition.
    pub(super) fn queries(&self, partition: &Partition) -> Vec<DriverQuery> {
        let query = |sql: &str, keys: [Value; 2]| DriverQuery {
            sql: sql.to_owned(),
            keys,
        };
        let none = || [Value::Null, Value::Null];
        match self {
            Self::Nothing => Vec::new(),
            Self::Records(records) => {
                let first = records.partition_point(|id| *id < partition.first_id);
                let end = records.partition_point(|id| *id <= partition.last_id);
                match records.get(first..end) {
                    None | Some([]) => Vec::new(),
                    Some(ids) => {
                        let ids = serde_json::to_string(ids).unwrap_or_default();
                        let sql = "FROM json_each(?1) d CROSS JOIN records r ON r.id = d.value
                            WHERE r.id BETWEEN ?3 AND ?4";
                        vec![query(sql, [Value::Text(ids), Value::Null])]
                    }
                }
            }
            Self::Texts(texts) => {
                let text = |text| {
                    let sql = "FROM records r INDEXED BY records_text
                        WHERE r.text = ?1 AND r.id BETWEEN ?3 AND ?4";
                    query(sql, [Value::Integer(text), Value::Null])
                };
                texts.iter().map(text).collect()
            }
            Self::Owner { id, sql } => {
                let keys = || [Value::Integer(partition.key(*id)), Value::Integer(*id)];
                let statements = [Some(&sql.own), sql.late.as_ref()];
                let statements = statements.into_iter().flatten();
                statements.map(|sql| query(sql, keys())).collect()
            }
            Self::Fingerprint(bytes) => {
                let sql = "FROM failures d INDEXED BY failures_kind
                    CROSS JOIN records r ON r.id = d.record
                    WHERE d.fingerprint = ?1 AND d.record BETWEEN ?3 AND ?4";
                vec![query(sql, [Value::Blob(bytes.clone()), Value::Null])]
            }
            Self::Calls => vec![query(
                "FROM usages d CROSS JOIN records r ON r.id = d.record
                 WHERE d.record BETWEEN ?3 AND ?4",
                none(),
            )],
            Self::Nobody => vec![query(
                "FROM records r INDEXED BY records_nobody
                 WHERE r.user IS NULL AND r.id BETWEEN ?3 AND ?4",
                none(),
            )],
            Self::All => vec![query(
                "FROM records r NOT INDEXED WHERE r.id BETWEEN ?3 AND ?4",
                none(),
            )],
        }
    }
}
