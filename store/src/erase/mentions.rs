//! Counting where other records mention a user.

use rusqlite::Connection;

use super::report::Mentions;
use crate::access::count_viewers;
use crate::read::fts_phrase;

const COUNT_RECORDS: &str = "SELECT count(*) FROM records WHERE (?2 IS NULL OR user IS NOT ?2)
    AND text IN (SELECT rowid FROM search WHERE search MATCH ?1)";
const COUNT_UNSEARCHED: &str = "SELECT
    (SELECT count(*) FROM scopes WHERE instr(concat_ws(' ', tags, extra, contexts, service), ?1))
    + (SELECT count(*) FROM conversations WHERE instr(cid, trim(?1, char(34))))
    + (SELECT count(*) FROM actors WHERE instr(chain, ?1))
    + (SELECT count(*) FROM links WHERE (?2 IS NULL OR user IS NOT ?2) AND instr(chain, ?1))
    + (SELECT count(*) FROM failures f JOIN records r ON r.id = f.record
      WHERE (?2 IS NULL OR r.user IS NOT ?2)
      AND instr(concat_ws(' ', f.path, f.backtrace, f.breadcrumbs, f.flags), ?1))";
const SAME_EMAIL: &str = "SELECT coalesce(uid, identity) FROM users WHERE email = ?1
    AND id IS NOT ?2 ORDER BY id LIMIT 100";

/// Counts the records of other users that contain the id or the email address of a user.
///
/// Full-text searches match whole words. In values without a full-text index, an email address
/// matches as a substring and an id as a whole JSON value: an id such as `7` is a substring of
/// nearly everything.
pub(super) fn count_mentions(
    connection: &Connection,
    id: &str,
    email: Option<&str>,
    user: Option<i64>,
) -> rusqlite::Result<Mentions> {
    let mut mentions = Mentions::default();
    let quoted = serde_json::to_string(id).unwrap_or_default();
    let inner = email.map(|email| serde_json::to_string(email).unwrap_or_default());
    let inner = inner.as_deref().map(|email| email.trim_matches('"'));
    for needle in [Some(&*quoted), inner].into_iter().flatten() {
        if !needle.is_empty() {
            mentions.unsearched += connection
                .prepare_cached(COUNT_UNSEARCHED)?
                .query_row((needle, user), |row| row.get::<_, i64>(0))?
                .unsigned_abs();
        }
    }
    let names: Vec<&str> = [Some(id), email].into_iter().flatten().collect();
    mentions.viewed = count_viewers(connection, &names)?;
    for words in names {
        let records = connection
            .prepare_cached(COUNT_RECORDS)?
            .query_row((fts_phrase(words), user), |row| row.get::<_, i64>(0))?;
        mentions
            .searches
            .push((words.to_owned(), records.unsigned_abs()));
    }
    if let Some(email) = email {
        let mut statement = connection.prepare_cached(SAME_EMAIL)?;
        let users = statement.query_map((email, user), |row| row.get(0))?;
        mentions.same_email = users.collect::<rusqlite::Result<_>>()?;
    }
    Ok(mentions)
}
