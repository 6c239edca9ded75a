//! What one user, or one session, did.

use rusqlite::{OptionalExtension, Transaction, params};
use whose::Timestamp;

use super::by_number::ByNumber;
use super::column::{Column, Met};
use super::id_set::IdSet;
use super::parts::Parts;
use super::prices::ModelPrices;
use super::query::TimeRange;
use super::reader::Reader;
use super::rows::Counts;
use super::usage::{Usage, tokens};

/// Counts records by the types of their call sites.
pub(super) struct Types(ByNumber<RecordType>);

#[derive(Clone, Copy)]
enum RecordType {
    Span,
    Event,
    Error,
}

impl Types {
    pub(super) fn of(tx: &Transaction<'_>) -> rusqlite::Result<Self> {
        let types = words(tx, "SELECT id, type FROM sites")?;
        let types = types.into_iter().map(|(site, word)| {
            let record_type = match word.as_str() {
                "span" => RecordType::Span,
                "event" => RecordType::Event,
                _ => RecordType::Error,
            };
            (site, record_type)
        });
        Ok(Self(types.collect()))
    }

    pub(super) fn count(&self, counts: &mut Counts, site: i64) {
        match self.0.get(&site) {
            Some(RecordType::Span) => counts.spans += 1,
            Some(RecordType::Event) => counts.events += 1,
            Some(RecordType::Error) | None => counts.errors += 1,
        }
    }
}

/// The words of a table of which there are few, by the numbers of its rows.
pub(super) fn words(tx: &Transaction<'_>, sql: &str) -> rusqlite::Result<ByNumber<String>> {
    let mut statement = tx.prepare_cached(sql)?;
    let words = statement.query_map((), |row| {
        let word = row.get_ref(1)?.as_bytes().unwrap_or_default();
        Ok((row.get(0)?, String::from_utf8_lossy(word).into_owned()))
    })?;
    words.collect()
}

/// What one user, or one session, did.
pub(super) struct Activity {
    pub(super) first: Timestamp,
    pub(super) last: Timestamp,
    pub(super) counts: Counts,
    /// The sessions of the user; or the users of the session.
    pub(super) others: IdSet,
    /// Records that a link gives to the user.
    pub(super) late: u64,
    pub(super) usage: Usage,
}

/// Reads the activity of one user, or one session, after another, by their index.
pub(super) struct Ledger<'r> {
    column: Column,
    range: TimeRange,
    types: Types,
    prices: ModelPrices<'r>,
    parts: Vec<KnownPart>,
    newest: i64,
    records: String,
}

/// A part, and up to which number there are users, or sessions, in it and before it: numbers are
/// given in the order in which users are met, so one that was met late is looked for in few parts.
struct KnownPart {
    number: i64,
    greatest: i64,
}

fn known_parts(
    tx: &Transaction<'_>,
    column: Column,
    parts: &Parts,
) -> rusqlite::Result<Vec<KnownPart>> {
    let mut statement = tx.prepare_cached(&column.greatest_key())?;
    let mut before = i64::MIN;
    let known = parts.0.iter().map(|part| {
        let keys = params![part.key(0), part.key(0xffff_ffff)];
        let key: Option<i64> = statement.query_row(keys, |row| row.get(0)).optional()?;
        let greatest = key.map_or(i64::MIN, |key| key & 0xffff_ffff);
        before = before.max(greatest);
        Ok(KnownPart {
            number: part.first_id >> 16,
            greatest: before,
        })
    });
    known.collect()
}

impl<'r> Ledger<'r> {
    pub(super) fn of(
        reader: &'r Reader,
        tx: &Transaction<'_>,
        column: Column,
        parts: &Parts,
        range: TimeRange,
    ) -> rusqlite::Result<Self> {
        // Looking for a call of each record takes a third of the time, for nothing where no model
        // was ever called.
        let has_calls: bool =
            tx.query_row("SELECT EXISTS (SELECT 1 FROM usages)", (), |row| row.get(0))?;
        let (call, calls) = match has_calls {
            true => (
                "g.model, g.input_tokens, g.output_tokens",
                "LEFT JOIN usages g ON g.record = r.id",
            ),
            false => ("NULL, NULL, NULL", ""),
        };
        Ok(Self {
            column,
            range,
            types: Types::of(tx)?,
            prices: ModelPrices::of(reader, tx)?,
            parts: known_parts(tx, column, parts)?,
            newest: parts.newest(),
            records: format!(
                "SELECT r.start, r.duration, r.site, r.{}, {call} FROM {} {calls}",
                column.other(),
                column.records_of_parts()
            ),
        })
    }

    /// The parts that can have records, as a JSON array.
    fn parts_of(&self, met: &Met) -> String {
        let is_before = |part: &KnownPart| part.greatest < met.number;
        let is_up_to = |part: &KnownPart| part.number <= met.last_id >> 16;
        let from = self.parts.partition_point(is_before);
        let to = self.parts.partition_point(is_up_to).max(from);
        let numbers = self.parts[from..to].iter().map(|part| part.number);
        serde_json::to_string(&numbers.collect::<Vec<_>>()).unwrap_or_default()
    }

    pub(super) fn activity(&self, tx: &Transaction<'_>, met: &Met) -> rusqlite::Result<Activity> {
        let number = met.number;
        let (mut first, mut last) = (i64::MAX, i64::MIN);
        let (mut counts, mut others) = (Counts::default(), IdSet::default());
        let (mut usage, mut last_other) = (Usage::default(), None);
        let mut statement = tx.prepare_cached(&self.records)?;
        let mut rows = statement.query(params![number, self.parts_of(met), self.newest])?;
        while let Some(row) = rows.next()? {
            let start: i64 = row.get(0)?;
            if !self.range.contains(start) {
                continue;
            }
            let duration: Option<i64> = row.get(1)?;
            first = first.min(start);
            // A forged duration must not end before it starts, nor after all time.
            last = last.max(start.saturating_add(duration.unwrap_or_default().max(0)));
            self.types.count(&mut counts, row.get(2)?);
            let other: Option<i64> = row.get(3)?;
            // Records of one session mostly follow each other.
            if other != last_other {
                last_other = other;
                other.map(|other| others.insert(other));
            }
            if let Some(model) = row.get(4)? {
                let (input, output) = (tokens(row.get(5)?), tokens(row.get(6)?));
                usage.add_call(input, output, self.prices.of_model(model));
            }
        }
        let late = match self.column {
            Column::User => self.late(tx, number)?,
            Column::Session => 0,
        };
        Ok(Activity {
            first: Timestamp::from_nanos(first.min(last)),
            last: Timestamp::from_nanos(last),
            counts,
            others,
            late,
            usage,
        })
    }

    /// How many records links give to the user.
    fn late(&self, tx: &Transaction<'_>, user: i64) -> rusqlite::Result<u64> {
        const LATE: &str = "SELECT r.start FROM links l
            CROSS JOIN gaps n ON n.isolated = l.isolated AND n.record <= ?2
            CROSS JOIN records r ON r.id = n.record
            WHERE l.user = ?1 AND r.user IS NULL AND r.start < l.time";
        let mut statement = tx.prepare_cached(LATE)?;
        let mut rows = statement.query([user, self.newest])?;
        let mut late = 0;
        while let Some(row) = rows.next()? {
            late += u64::from(self.range.contains(row.get(0)?));
        }
        Ok(late)
    }
}
