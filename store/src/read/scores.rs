//! The scores of a file.

use rusqlite::{OptionalExtension, Row, params};
use whose::Timestamp;
use whose::names::evaluation;

use super::column_reader::ColumnReader;
use super::pages::{PageSource, Remaining, Rows};
use super::query::Query;
use super::reader::Reader;
use super::score_rows::{ScoreFilter, ScoreReport, ScoreRow};
use super::score_source::ScoreSource;
use super::score_summary::Summaries;
use super::time_merge::{Direction, TimeMerge};
use crate::error::StoreError;

impl Reader {
    pub(super) fn scores(
        &self,
        filter: &ScoreFilter,
        query: &Query,
    ) -> Result<ScoreReport<'_>, StoreError> {
        let source = self.score_source(filter)?;
        let partitions = self.partitions(query)?;
        let range = query.range();
        let mut summaries = Summaries::default();
        for partition in &partitions.0 {
            self.read_tx(|tx| {
                source.each(tx, partition, |score| {
                    if range.contains(score.key.0) {
                        summaries.add(&score);
                    }
                })
            })?;
        }
        let order = TimeMerge::new(Direction::OldestFirst, range, partitions, None);
        let pages = ScorePages {
            reader: self,
            order,
            source,
        };
        Ok(ScoreReport {
            rows: Rows::new(pages, query.max_rows()),
            summary: summaries.finish(),
        })
    }

    pub(super) fn score_source(&self, filter: &ScoreFilter) -> Result<ScoreSource, StoreError> {
        if let Some(id) = &filter.conversation {
            self.check_conversation(id)?;
        }
        let user = filter.user.as_deref();
        let session = filter.session.as_deref();
        Ok(ScoreSource {
            user: user.map(|id| self.user_row_id(id)).transpose()?,
            session: session.map(|id| self.session_row_id(id)).transpose()?,
            conversation: filter.conversation.clone(),
            name: filter.name.clone(),
        })
    }
}

/// The score of record `?1`. `?2` is the name of the field with the comment.
const SCORE: &str = "SELECT r.id, r.start,
      coalesce(u.uid, u.identity, lu.uid, lu.identity, 'deleted user #' || coalesce(r.user, l.user)),
      coalesce(se.sid, ls.sid, 'deleted session #' || r.session), cv.cid, s.name, s.value, s.label,
      CASE WHEN json_valid(t.fields)
        THEN (SELECT value FROM json_each(t.fields) WHERE key = ?2) END, r.trace, r.span
    FROM scores s
    CROSS JOIN records r ON r.id = s.record
    LEFT JOIN texts t ON t.id = r.text
    LEFT JOIN conversations cv ON cv.scope = r.scope
    LEFT JOIN users u ON u.id = r.user
    LEFT JOIN sessions se ON se.id = r.session
    LEFT JOIN gaps n ON r.user IS NULL AND n.record = r.id
    LEFT JOIN links l ON l.isolated = n.isolated AND r.start < l.time
    LEFT JOIN users lu ON lu.id = l.user
    LEFT JOIN sessions ls ON ls.id = l.session AND r.session IS NULL
    WHERE s.record = ?1";

struct ScorePages<'r> {
    reader: &'r Reader,
    order: TimeMerge,
    source: ScoreSource,
}

impl PageSource for ScorePages<'_> {
    type Row = ScoreRow;

    fn next_page(&mut self, max_rows: usize) -> Result<Vec<ScoreRow>, StoreError> {
        let Self {
            reader,
            order,
            source,
        } = self;
        reader.read_tx(|tx| {
            let mut statement = tx.prepare_cached(SCORE)?;
            let mut page = Vec::new();
            while page.len() < max_rows {
                let Some(id) = order.next(tx, source)? else {
                    break;
                };
                let of = params![id, evaluation::EXPLANATION.name];
                page.extend(statement.query_row(of, score_row).optional()?);
            }
            Ok(page)
        })
    }

    fn count_rest(&mut self) -> Result<Remaining, StoreError> {
        self.reader
            .read_tx(|tx| self.order.count_rest(tx, &self.source))
    }
}

/// Reads a row of [`SCORE`].
fn score_row(row: &Row<'_>) -> rusqlite::Result<ScoreRow> {
    let mut columns = ColumnReader::new(row);
    Ok(ScoreRow {
        id: columns.number()?,
        time: Timestamp::from_nanos(columns.number()?),
        user: columns.optional_text()?,
        session: columns.optional_text()?,
        conversation: columns.optional_text()?,
        name: columns.text()?,
        value: columns.optional_real()?,
        label: columns.optional_text()?,
        comment: columns.optional_text()?,
        trace_id: columns.hex()?,
        span_id: columns.hex_number()?,
    })
}
