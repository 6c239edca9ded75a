//! One record as one row.

use std::sync::LazyLock;
use std::time::{Duration, SystemTime};

use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{CachedStatement, Connection, Statement, params};
use whose::{Record, RecordType, Timestamp};

use super::failure;
use super::json;
use super::keys::Keys;
use super::links::{self, ForgottenScope};
use super::part_times::PartTimes;
use super::sites::Sites;
use super::texts::Texts;

// Not `id`: by giving the numbers itself SQLite appends without looking for them.
const COLUMNS: [&str; 12] = [
    "site", "traits", "text", "scope", "user", "session", "start", "duration", "trace", "span",
    "parent", "fields",
];
/// How many rows one statement inserts: running a statement costs as much as several rows of it.
const ROWS: usize = 32;

/// The greatest number that a record ever had: none is given twice.
const LAST: &str = "SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = 'records'";
const USAGE: &str = "INSERT OR FAIL INTO usages (record, model, input_tokens, output_tokens)
    VALUES (?1, ?2, ?3, ?4)";

static ONE: LazyLock<String> = LazyLock::new(|| insert(1));
static MANY: LazyLock<String> = LazyLock::new(|| insert(ROWS));

fn insert(rows: usize) -> String {
    let row = format!("({})", ["?"; COLUMNS.len()].join(", "));
    let rows = vec![row; rows].join(", ");
    format!(
        "INSERT OR FAIL INTO records ({}) VALUES {rows}",
        COLUMNS.join(", ")
    )
}

/// What a process remembers of the file from one transaction to the next.
pub(super) struct Memory {
    keys: Keys,
    sites: Sites,
    texts: Texts,
    /// The generation of the file that all of these are of.
    generation: Option<i64>,
    /// Rows that wait for their statement; their memory is used again.
    rows: Vec<Row>,
}

impl Memory {
    pub(super) fn new() -> Self {
        Self {
            keys: Keys::new(),
            sites: Sites::default(),
            texts: Texts::new(),
            generation: None,
            rows: Vec::new(),
        }
    }

    /// Forgets everything, as it must after a transaction that failed.
    pub(super) fn forget(&mut self) {
        self.keys.forget();
        self.sites.forget();
        self.texts.forget();
        self.generation = None;
    }

    /// Forgets everything where a row that a number stands for has been deleted since.
    ///
    /// To be called inside the transaction, which keeps the file from changing.
    fn refresh(&mut self, file: &Connection) -> rusqlite::Result<()> {
        let generation = file
            .prepare_cached("SELECT count FROM generation")?
            .query_row((), |row| row.get(0))?;
        if self.generation != Some(generation) {
            self.forget();
            self.keys.refresh(file)?;
            self.generation = Some(generation);
        }
        Ok(())
    }
}

/// Inserts the records of one transaction, which no other writer interrupts.
pub(super) struct Insert<'a> {
    file: &'a Connection,
    memory: &'a mut Memory,
    one: CachedStatement<'a>,
    many: CachedStatement<'a>,
    /// How many of the rows in memory wait.
    waiting: usize,
    /// The number of the record before.
    last: i64,
    /// How many records were not stored, for their users were forgotten.
    forgotten: u64,
    forgotten_scopes: Vec<ForgottenScope>,
    times: PartTimes,
}

/// Whose a record is.
struct Owner {
    user: Option<i64>,
    /// The isolated scope of a record that has no user.
    isolated: Option<i64>,
}

#[derive(Default)]
struct Row {
    site: i64,
    traits: i64,
    text: i64,
    scope: Option<i64>,
    user: Option<i64>,
    session: Option<i64>,
    start: i64,
    duration: Option<i64>,
    trace: Option<[u8; 16]>,
    span: Option<i64>,
    parent: Option<i64>,
    /// JSON, or nothing.
    fields: Vec<u8>,
}

impl<'a> Insert<'a> {
    pub(super) fn new(file: &'a Connection, memory: &'a mut Memory) -> rusqlite::Result<Self> {
        memory.rows.resize_with(ROWS, Row::default);
        memory.refresh(file)?;
        memory.texts.begin(file)?;
        Ok(Self {
            file,
            memory,
            one: file.prepare_cached(&ONE)?,
            many: file.prepare_cached(&MANY)?,
            waiting: 0,
            last: file.prepare_cached(LAST)?.query_row((), |row| row.get(0))?,
            forgotten: 0,
            forgotten_scopes: Vec::new(),
            times: PartTimes::default(),
        })
    }

    pub(super) fn record(&mut self, record: &Record) -> rusqlite::Result<()> {
        let scope = record.scope_id();
        if let Some(scope) = scope.filter(|_| record.record_type() == RecordType::Link) {
            let link = links::add_link(self.file, &mut self.memory.keys, record, scope)?;
            self.forgotten_scopes.extend(link);
            return Ok(());
        }
        let (start, duration) = times(record.start(), record.duration());
        // First of all: nothing is to be written of a record whose user was forgotten.
        let Some(Owner { user, isolated }) = self.owner(record, start)? else {
            self.forgotten += 1;
            return Ok(());
        };
        // A forged file can have the greatest number there is.
        let next = self.last.checked_add(1);
        self.last = next.ok_or(rusqlite::Error::IntegralValueOutOfRange(0, self.last))?;
        let (file, id) = (self.file, self.last);
        let Memory {
            keys,
            sites,
            texts,
            rows,
            ..
        } = &mut *self.memory;
        let row = &mut rows[self.waiting];
        row.site = sites.site(file, record)?;
        row.traits = sites.traits(file, record)?;
        row.text = texts.text(file, record)?;
        row.scope = texts.scope(file, record)?;
        row.user = user;
        row.session = match record.session_id() {
            Some(session) => Some(keys.session(file, session, record.previous_session_id())?),
            None => None,
        };
        row.start = start;
        self.times.note(id, row.start);
        row.duration = duration;
        row.trace = record.trace_id().map(|id| id.to_bytes());
        row.span = record.span_id().map(|id| i64::from_be_bytes(id.to_bytes()));
        row.parent = record
            .parent_id()
            .map(|id| i64::from_be_bytes(id.to_bytes()));
        row.fields.clear();
        let numbers = record
            .last_fields()
            .filter(|(_, value)| value.as_str().is_none());
        json::write_object(&mut row.fields, numbers);
        if let Some(usage) = record.model_usage() {
            let model = keys.model(file, &usage)?;
            let (input, output) = (tokens(usage.input_tokens), tokens(usage.output_tokens));
            file.prepare_cached(USAGE)?
                .execute(params![id, model, input, output])?;
        }
        failure::insert(file, id, record)?;
        if let Some(isolated) = isolated {
            links::add_gap(file, id, isolated)?;
        }
        self.waiting += 1;
        if self.waiting == ROWS {
            bind(&mut self.many, rows)?;
            self.many.raw_execute()?;
            self.waiting = 0;
            // SQLite numbers by the greatest number before, which nobody else can change now.
            debug_assert_eq!(file.last_insert_rowid(), id);
        }
        Ok(())
    }

    /// Whose a record is that began at `start`; `None` where that is a user who was forgotten.
    fn owner(&mut self, record: &Record, start: i64) -> rusqlite::Result<Option<Owner>> {
        let keys = &mut self.memory.keys;
        let (user, isolated) = match (record.user(), record.scope_id()) {
            (Some(user), _) => match keys.user(self.file, user, start)?.id {
                Some(user) => (Some(user), None),
                None => return Ok(None),
            },
            (None, Some(scope)) => {
                let isolated = links::bits(scope);
                if keys.is_of_forgotten_scope(self.file, isolated, start)? {
                    return Ok(None);
                }
                (None, Some(isolated))
            }
            (None, None) => (None, None),
        };
        Ok(Some(Owner { user, isolated }))
    }

    /// Inserts what still waits, and makes the new texts searchable; the number of the records that
    /// were not stored, for their users were forgotten.
    pub(super) fn finish(mut self) -> rusqlite::Result<u64> {
        for row in &self.memory.rows[..self.waiting] {
            bind(&mut self.one, std::slice::from_ref(row))?;
            self.one.raw_execute()?;
        }
        self.times.write(self.file)?;
        self.memory.texts.make_searchable(self.file)?;
        for scope in &self.forgotten_scopes {
            self.forgotten += scope.erase(self.file)?;
        }
        Ok(self.forgotten)
    }
}

fn bind(statement: &mut Statement<'_>, rows: &[Row]) -> rusqlite::Result<()> {
    let number = |number: Option<i64>| number.map_or(ValueRef::Null, ValueRef::Integer);
    let mut at = 0;
    for row in rows {
        let values: [ValueRef<'_>; COLUMNS.len()] = [
            ValueRef::Integer(row.site),
            ValueRef::Integer(row.traits),
            ValueRef::Integer(row.text),
            number(row.scope),
            number(row.user),
            number(row.session),
            ValueRef::Integer(row.start),
            number(row.duration),
            row.trace
                .as_ref()
                .map_or(ValueRef::Null, |trace| ValueRef::Blob(trace)),
            number(row.span),
            number(row.parent),
            match &*row.fields {
                [] => ValueRef::Null,
                fields => ValueRef::Text(fields),
            },
        ];
        for value in values {
            at += 1;
            statement.raw_bind_parameter(at, ToSqlOutput::Borrowed(value))?;
        }
    }
    Ok(())
}

/// The start and the duration in nanoseconds. Also where a clock is far off, their sum, the end of
/// the record, is a number of the file.
fn times(start: SystemTime, duration: Option<Duration>) -> (i64, Option<i64>) {
    let start = Timestamp::from(start).as_nanos();
    let longest = i64::MAX - start.max(0);
    let duration = duration.map(|duration| i64::try_from(duration.as_nanos()).unwrap_or(i64::MAX));
    (start, duration.map(|duration| duration.min(longest)))
}

/// No call has four billion tokens; with that as the limit, no sum over a file overflows.
fn tokens(count: u64) -> i64 {
    i64::from(u32::try_from(count).unwrap_or(u32::MAX))
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, SystemTime};

    use super::times;

    #[test]
    fn times_of_a_clock_that_is_far_off_have_an_end() {
        let year = Duration::from_secs(365 * 24 * 60 * 60);
        let moments = [
            SystemTime::UNIX_EPOCH.checked_sub(year * 1_000),
            SystemTime::UNIX_EPOCH.checked_sub(year * 5),
            SystemTime::UNIX_EPOCH.checked_add(year * 292),
            SystemTime::UNIX_EPOCH.checked_add(year * 100_000),
        ];
        for start in moments.map(Option::unwrap) {
            for duration in [Duration::ZERO, year, Duration::MAX] {
                let (start, duration) = times(start, Some(duration));
                assert!(
                    start.checked_add(duration.unwrap()).is_some(),
                    "{start} {duration:?}"
                );
            }
        }
    }
}
