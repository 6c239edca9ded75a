//! The texts that contain the words of a search.

use rusqlite::{Transaction, params};

use super::super::id_set::IdSet;
use super::words::{fts_expression, fts_phrase, has_word};

/// The most values of which a text has to contain one.
const MAX_IMPLIED: usize = 16;

/// The words of the conditions.
#[derive(Default)]
pub(super) struct Words {
    /// FTS5 expressions that a text has to match.
    wanted: Vec<String>,
    /// FTS5 expressions that no text may match.
    unwanted: Vec<String>,
    /// FTS5 expressions that every matching text matches for another reason.
    implied: Vec<String>,
    /// Whether a condition has no words: no record contains them.
    is_impossible: bool,
}

impl Words {
    /// Adds a condition over words.
    pub(super) fn add(&mut self, words: &str, is_negated: bool) {
        match (fts_expression(words), is_negated) {
            (Some(expression), false) => self.wanted.push(expression),
            (Some(expression), true) => self.unwanted.push(format!("({expression})")),
            (None, false) => self.is_impossible = true,
            (None, true) => {}
        }
    }

    /// Adds the values of which another condition demands one, in the column `name` or `rest`.
    pub(super) fn imply_any(&mut self, column: &str, values: Vec<String>) {
        let can_be_found = !values.is_empty() && values.iter().all(|value| has_word(value));
        if can_be_found && values.len() <= MAX_IMPLIED {
            let phrases: Vec<_> = values.iter().map(|value| fts_phrase(value)).collect();
            self.implied
                .push(format!("{column} : ({})", phrases.join(" OR ")));
        }
    }

    pub(super) fn is_impossible(&self) -> bool {
        self.is_impossible
    }

    /// The expression that finds the texts; `None` if no condition demands a word.
    pub(super) fn selective(&self) -> Option<String> {
        let implied = self.implied.join(" AND ");
        match (self.wanted(), implied.is_empty()) {
            (None, true) => None,
            (Some(wanted), true) => Some(self.without_unwanted(&wanted)),
            (None, false) => Some(self.without_unwanted(&implied)),
            (Some(wanted), false) => {
                Some(self.without_unwanted(&format!("{wanted} AND {implied}")))
            }
        }
    }

    /// The check of the texts of records that an index found without the words; `None` if there is
    /// nothing to check.
    pub(super) fn check(&self) -> Option<TextCheck> {
        match self.wanted() {
            Some(wanted) => Some(TextCheck {
                expression: self.without_unwanted(&wanted),
                is_wanted: true,
            }),
            None if self.unwanted.is_empty() => None,
            None => Some(TextCheck {
                expression: self.unwanted.join(" OR "),
                is_wanted: false,
            }),
        }
    }

    /// Adjacent expressions are joined by an AND that ignores expressions without a word, unlike the
    /// operator `AND`.
    fn wanted(&self) -> Option<String> {
        (!self.wanted.is_empty()).then(|| format!("({})", self.wanted.join(" ")))
    }

    fn without_unwanted(&self, expression: &str) -> String {
        match self.unwanted.is_empty() {
            true => expression.to_owned(),
            // One level: FTS5 limits the depth of an expression.
            false => format!("({expression}) NOT ({})", self.unwanted.join(" OR ")),
        }
    }
}

/// The first texts that match an expression, at most `limit`.
pub(super) fn first_texts(
    tx: &Transaction<'_>,
    expression: &str,
    limit: u64,
) -> rusqlite::Result<IdSet> {
    let mut statement =
        tx.prepare_cached("SELECT rowid FROM search WHERE search MATCH ?1 LIMIT ?2")?;
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let mut rows = statement.query(params![expression, limit])?;
    let mut texts = IdSet::default();
    while let Some(row) = rows.next()? {
        texts.insert(row.get(0)?);
    }
    Ok(texts)
}

/// The records with one of the texts, sorted; `None` if there are more than `limit`.
pub(super) fn records_with(
    tx: &Transaction<'_>,
    texts: &IdSet,
    limit: usize,
) -> rusqlite::Result<Option<Vec<i64>>> {
    let mut statement =
        tx.prepare_cached("SELECT id FROM records INDEXED BY records_text WHERE text = ?1")?;
    let mut sorted: Vec<i64> = texts.iter().collect();
    sorted.sort_unstable();
    let mut records = Vec::new();
    for text in sorted {
        let mut rows = statement.query([text])?;
        while let Some(row) = rows.next()? {
            if records.len() == limit {
                return Ok(None);
            }
            records.push(row.get(0)?);
        }
    }
    records.sort_unstable();
    Ok(Some(records))
}

/// Checks the texts of records against an expression.
pub(super) struct TextCheck {
    expression: String,
    /// Whether the texts have to match, or must not.
    is_wanted: bool,
}

/// Texts whose numbers differ by less are looked up together.
const MAX_GAP: i64 = 1 << 10;
/// The most lookups. With more, the whole range of the texts is looked up.
const MAX_LOOKUPS: usize = 256;

impl TextCheck {
    /// Removes the records whose text fails the check. `text` returns the text of a record.
    pub(super) fn retain<T>(
        &self,
        tx: &Transaction<'_>,
        records: &mut Vec<T>,
        text: impl Fn(&T) -> i64,
    ) -> rusqlite::Result<()> {
        let mut texts: Vec<i64> = records.iter().map(&text).collect();
        texts.sort_unstable();
        texts.dedup();
        let mut matching = IdSet::default();
        let mut statement = tx.prepare_cached(
            "SELECT rowid FROM search WHERE search MATCH ?1 AND rowid BETWEEN ?2 AND ?3",
        )?;
        for (first, last) in lookups(&texts) {
            let mut rows = statement.query(params![self.expression, first, last])?;
            while let Some(row) = rows.next()? {
                matching.insert(row.get(0)?);
            }
        }
        records.retain(|record| matching.contains(text(record)) == self.is_wanted);
        Ok(())
    }
}

/// The ranges that contain the sorted texts.
fn lookups(texts: &[i64]) -> Vec<(i64, i64)> {
    let mut ranges: Vec<(i64, i64)> = Vec::new();
    for &text in texts {
        match ranges.last_mut() {
            Some((_, last)) if text.saturating_sub(*last) <= MAX_GAP => *last = text,
            _ => ranges.push((text, text)),
        }
    }
    match (ranges.first(), ranges.last()) {
        (Some((first, _)), Some((_, last))) if ranges.len() > MAX_LOOKUPS => vec![(*first, *last)],
        _ => ranges,
    }
}

#[cfg(test)]
mod tests {
    use super::lookups;

    #[test]
    fn near_texts_share_a_lookup() {
        assert_eq!(lookups(&[]), []);
        assert_eq!(lookups(&[1, 2, 900, 5_000]), [(1, 900), (5_000, 5_000)]);
        let far: Vec<i64> = (0..300).map(|text| text * 10_000).collect();
        assert_eq!(lookups(&far), [(0, 2_990_000)]);
        assert_eq!(lookups(&[i64::MIN, i64::MAX]).len(), 2);
    }
}
