//! The partitions of the indexes, as SQL.

/// Puts a common table expression before a query: `parts`, with the key prefix of every partition.
///
/// The expression is part of the query, not a view of the file: a forged view may never end.
macro_rules! with_parts {
    ($query:literal) => {
        concat!(
            "WITH RECURSIVE down (number) AS (
               SELECT (SELECT max(id) FROM records) >> 16
               UNION ALL
               SELECT number - 1 FROM down
               WHERE number > (SELECT min(id) FROM records) >> 16),
             parts (part) AS (SELECT number << 32 FROM down) ",
            $query
        )
    };
}
pub(super) use with_parts;
