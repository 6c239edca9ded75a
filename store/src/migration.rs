//! Migrating a file of an older schema.
//!
//! A query rejects a file whose tables differ from the schema in their text, so a migration makes a
//! changed table from the text of the schema.

use rusqlite::Connection;

use crate::read::add_missing_rollup;
use crate::schema_version::SCHEMA;

/// Migrates the tables from the schema `found` to the newest.
pub(crate) fn run(connection: &Connection, found: i64) -> rusqlite::Result<()> {
    if found < 4 {
        to_version_4(connection)?;
    }
    if found < 5 {
        to_version_5(connection)?;
    }
    if found < 6 {
        to_version_6(connection)?;
    }
    to_version_7(connection)?;
    connection.execute_batch("DROP VIEW main.trail")?;
    create(connection, "VIEW trail")?;
    create_rollups(connection)
}

fn to_version_4(connection: &Connection) -> rusqlite::Result<()> {
    create(connection, "TABLE conversations")?;
    create(connection, "INDEX conversations_cid")?;
    create(connection, "TRIGGER conversations_deleted")
}

/// Version 4 has added the parts of the tokens, and version 5 the agent and the tool.
fn to_version_5(connection: &Connection) -> rusqlite::Result<()> {
    replace_table(connection, "usages")?;
    replace_table(connection, "failures")?;
    create(connection, "INDEX failures_kind")?;
    replace_table(connection, "links")?;
    create(connection, "INDEX links_user")?;
    create(connection, "INDEX links_session")?;
    create(connection, "TABLE actors")?;
    create(connection, "INDEX actors_aid")?;
    create(connection, "TRIGGER actors_deleted")?;
    create(connection, "TABLE scores")?;
    create(connection, "INDEX scores_name")?;
    create(connection, "TABLE check_ins")?;
    create(connection, "INDEX check_ins_monitor")?;
    connection.execute_batch("DROP TRIGGER main.records_deleted")?;
    create(connection, "TRIGGER records_deleted")
}

/// Version 6 has added the weight.
fn to_version_6(connection: &Connection) -> rusqlite::Result<()> {
    replace_table(connection, "traits")?;
    create(connection, "TRIGGER traits_deleted")?;
    create(connection, "TRIGGER traits_changed")
}

/// Version 7 has added the changes of profiles, the counters, the holds and the access log.
fn to_version_7(connection: &Connection) -> rusqlite::Result<()> {
    create(connection, "TABLE profile_changes")?;
    create(connection, "INDEX profile_changes_user")?;
    create(connection, "TRIGGER profile_changes_deleted")?;
    create(connection, "TABLE counters")?;
    create(connection, "TABLE holds")?;
    create(connection, "TABLE accesses")?;
    create(connection, "INDEX accesses_subject")?;
    create(connection, "TRIGGER accesses_unchanged")?;
    create(connection, "TRIGGER accesses_undeleted")?;
    create(connection, "TRIGGER accesses_unreplaced")?;
    create(connection, "TABLE access_reasons")?;
    create(connection, "TRIGGER access_reasons_unchanged")
}

/// Version 7 has added the sums of batches too.
fn create_rollups(connection: &Connection) -> rusqlite::Result<()> {
    create(connection, "TABLE rollups")?;
    create(connection, "INDEX rollups_records")?;
    create(connection, "TRIGGER rollups_record_deleted")?;
    create(connection, "TRIGGER rollups_record_changed")?;
    create(connection, "TRIGGER rollups_usage_deleted")?;
    create(connection, "TRIGGER rollups_usage_changed")?;
    while add_missing_rollup(connection)? {}
    Ok(())
}

/// Makes a table again as the schema has it, with the rows of the old one. Columns that the old
/// table lacks have the default value. Drops the indexes and the triggers of the table.
fn replace_table(connection: &Connection, table: &str) -> rusqlite::Result<()> {
    let columns: String = connection.query_row(
        "SELECT group_concat('\"' || replace(name, '\"', '\"\"') || '\"') FROM pragma_table_info(?1)",
        [table],
        |row| row.get(0),
    )?;
    // Dropping a table forgets the last row id, and row ids are never reused.
    const LAST_ID: &str = "SELECT coalesce(max(seq), 0) FROM main.sqlite_sequence WHERE name = ?1";
    let last_id: i64 = connection.query_row(LAST_ID, [table], |row| row.get(0))?;
    connection.execute_batch(&format!(
        "CREATE TEMP TABLE replaced AS SELECT {columns} FROM main.{table};
         DROP TABLE main.{table}"
    ))?;
    create(connection, &format!("TABLE {table}"))?;
    connection.execute_batch(&format!(
        "INSERT INTO main.{table} ({columns}) SELECT {columns} FROM temp.replaced;
         DROP TABLE temp.replaced"
    ))?;
    let keep_id = "UPDATE main.sqlite_sequence SET seq = max(seq, ?2) WHERE name = ?1";
    connection.execute(keep_id, (table, last_id)).map(drop)
}

/// Creates an object as the schema has it.
fn create(connection: &Connection, object: &str) -> rusqlite::Result<()> {
    connection.execute_batch(statement(&format!("CREATE {object}")))
}

/// The statement of the schema that begins with `head`.
fn statement(head: &str) -> &'static str {
    let start = SCHEMA.find(head).unwrap_or(SCHEMA.len());
    let rest = &SCHEMA[start..];
    // A trigger contains statements of its own.
    let end = match head.starts_with("CREATE TRIGGER") {
        true => "END;\n",
        false => ";\n",
    };
    let end = rest.find(end).map_or(rest.len(), |at| at + end.len() - 1);
    &rest[..end]
}

#[cfg(test)]
mod tests {
    use super::statement;

    #[test]
    fn statement_of_schema_is_found_whole() {
        assert!(statement("CREATE TABLE usages").ends_with(") STRICT;"));
        assert!(statement("CREATE VIEW trail").contains("FROM records r"));
        assert!(statement("CREATE TRIGGER conversations_deleted").ends_with("OLD.id;\nEND;"));
    }
}
