//! What a forgotten user leaves in the access log.

use rusqlite::Connection;

use crate::tombstone;

const REASONS_OF_SUBJECT: &str = "DELETE FROM access_reasons
    WHERE access IN (SELECT id FROM accesses WHERE subject = ?1)";
const DELETE_REASON: &str = "DELETE FROM access_reasons WHERE access = ?1";
const VIEWERS: &str = "SELECT viewer, count(*) FROM accesses GROUP BY viewer";

/// Erases the reasons of the views of a user, and those that name the user by one of the words.
/// Returns how many.
pub(crate) fn erase_reasons(
    connection: &Connection,
    identity: Option<&str>,
    words: &[&str],
) -> rusqlite::Result<u64> {
    let mut erased = 0;
    if let Some(identity) = identity {
        let subject = tombstone::hash(connection, identity)?;
        erased += connection.execute(REASONS_OF_SUBJECT, [subject])?;
    }
    let mut named = Vec::new();
    let mut statement = connection.prepare_cached("SELECT access, text FROM access_reasons")?;
    let mut rows = statement.query(())?;
    while let Some(row) = rows.next()? {
        let text: String = row.get(1)?;
        if words.iter().any(|word| has_word(&text, word)) {
            named.push(row.get::<_, i64>(0)?);
        }
    }
    drop(rows);
    for access in named {
        erased += connection
            .prepare_cached(DELETE_REASON)?
            .execute([access])?;
    }
    Ok(erased as u64)
}

/// The rows of the access log whose viewer has one of the words as the name. These rows stay.
pub(crate) fn count_viewers(connection: &Connection, words: &[&str]) -> rusqlite::Result<u64> {
    let mut statement = connection.prepare_cached(VIEWERS)?;
    let mut rows = statement.query(())?;
    let mut count = 0;
    while let Some(row) = rows.next()? {
        let viewer: String = row.get(0)?;
        if words.iter().any(|word| has_word(&viewer, word)) {
            count += row.get::<_, i64>(1)?.unsigned_abs();
        }
    }
    Ok(count)
}

/// Whether the text has the word, not as a part of a longer word.
fn has_word(text: &str, word: &str) -> bool {
    let is_outside = |c: Option<char>| c.is_none_or(|c| !c.is_alphanumeric());
    !word.is_empty()
        && text.match_indices(word).any(|(at, _)| {
            is_outside(text[..at].chars().next_back())
                && is_outside(text[at + word.len()..].chars().next())
        })
}

#[cfg(test)]
mod tests {
    use super::has_word;

    #[test]
    fn word_inside_longer_word_is_no_mention() {
        for (text, expected) in [
            ("alice", true),
            ("ask alice, then bob", true),
            ("alice-2 and malice", true),
            ("malice alicent", false),
            ("ünalice", false),
            ("", false),
        ] {
            assert_eq!(has_word(text, "alice"), expected, "{text}");
        }
        assert!(!has_word("anything", ""));
    }
}
