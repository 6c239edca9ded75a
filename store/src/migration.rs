//! Migrating a file of an older schema.
//!
//! A query rejects a file whose tables differ from the schema in their text, so a migration makes a
//! changed table from the text of the schema.

use rusqlite::Connection;

use crate::schema_version::SCHEMA;

/// Migrates the tables from the schema `found` to the newest.
pub(crate) fn run(connection: &Connection, found: i64) -> rusqlite::Result<()> {
    if found < 4 {
        add_parts_of_usages(connection)?;
        for head in [
            "CREATE TABLE conversations",
            "CREATE INDEX conversations_cid",
            "CREATE TRIGGER conversations_deleted",
        ] {
            connection.execute_batch(statement(head))?;
        }
    }
    replace(connection, "VIEW", "trail")
}

/// Adds the columns of version 4 to the model calls: the parts of the tokens, and the tier.
fn add_parts_of_usages(connection: &Connection) -> rusqlite::Result<()> {
    connection.execute_batch(
        "CREATE TEMP TABLE usages_3 AS
         SELECT record, model, input_tokens, output_tokens FROM main.usages",
    )?;
    replace(connection, "TABLE", "usages")?;
    connection.execute_batch(
        "INSERT INTO main.usages
         SELECT record, model, input_tokens, output_tokens, 0, 0, 0, 0, 0, 0, '' FROM usages_3;
         DROP TABLE temp.usages_3",
    )
}

/// Drops a table or a view, and makes it again as the schema has it.
fn replace(connection: &Connection, kind: &str, name: &str) -> rusqlite::Result<()> {
    connection.execute_batch(&format!("DROP {kind} IF EXISTS main.{name}"))?;
    connection.execute_batch(statement(&format!("CREATE {kind} {name}")))
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
