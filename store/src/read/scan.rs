//! Every record once, in the order of the file: quicker than any index where all of them count.

use std::collections::{HashMap, HashSet};

use foldhash::fast::RandomState;
use rusqlite::{Params, Transaction};
use whose::Timestamp;

use super::rows::Counts;

/// By numbers of the file.
pub(super) type ByNumber<V> = HashMap<i64, V, RandomState>;
/// Pairs of numbers of the file.
pub(super) type Pairs = HashSet<(i64, i64), RandomState>;

/// All records.
pub(super) const ALL: &str = "records r";

/// The records `r` of the user, or the session, whose number is the first parameter.
pub(super) fn records_of(column: &str) -> String {
    records_with(column, "?1")
}

/// The records `r` that have the number in the column, by its index; the number itself is asked for
/// too, for the index is one of records that have any.
pub(super) fn records_with(column: &str, number: &str) -> String {
    format!(
        "parts CROSS JOIN records r ON r.id >> 16 << 32 | r.{column} = parts.part | {number}
         AND r.{column} = {number}"
    )
}

/// What is counted of a record.
pub(super) struct Seen {
    pub(super) user: Option<i64>,
    pub(super) session: Option<i64>,
    pub(super) site: i64,
    pub(super) traits: i64,
    pub(super) start: i64,
    pub(super) end: i64,
}

/// Shows each record `r` that the SQL after `FROM` gives.
pub(super) fn scan(
    moment: &Transaction<'_>,
    from: &str,
    parameters: impl Params,
    mut see: impl FnMut(&Seen),
) -> rusqlite::Result<()> {
    let sql = format!(
        "SELECT r.user, r.session, r.site, r.traits, r.start, coalesce(r.duration, 0) FROM {from}"
    );
    let mut statement = moment.prepare_cached(&sql)?;
    let mut rows = statement.query(parameters)?;
    while let Some(row) = rows.next()? {
        let (start, took) = (row.get::<_, i64>(4)?, row.get::<_, i64>(5)?);
        see(&Seen {
            user: row.get(0)?,
            session: row.get(1)?,
            site: row.get(2)?,
            traits: row.get(3)?,
            start,
            end: start.saturating_add(took),
        });
    }
    Ok(())
}

/// The words of a table, by the numbers of its rows.
pub(super) fn words(moment: &Transaction<'_>, sql: &str) -> rusqlite::Result<ByNumber<String>> {
    let mut statement = moment.prepare_cached(sql)?;
    let words = statement.query_map((), |row| Ok((row.get(0)?, row.get(1)?)))?;
    words.collect()
}

/// Counts records by the types of their call sites.
pub(super) struct Types(ByNumber<String>);

impl Types {
    pub(super) fn of(moment: &Transaction<'_>) -> rusqlite::Result<Self> {
        words(moment, "SELECT id, type FROM sites").map(Self)
    }

    pub(super) fn count(&self, counts: &mut Counts, seen: &Seen) {
        match self.0.get(&seen.site).map_or("", |word| word) {
            "span" => counts.spans += 1,
            "event" => counts.events += 1,
            _ => counts.errors += 1,
        }
    }
}

/// What one user, or one session, did.
pub(super) struct Activity {
    pub(super) first: Timestamp,
    pub(super) last: Timestamp,
    pub(super) counts: Counts,
    /// The sessions of the user; or the users of the session.
    pub(super) others: Vec<i64>,
}

/// What each did whose number `whose` reads from a record, together with the other one there.
pub(super) fn activity(
    moment: &Transaction<'_>,
    from: &str,
    parameters: impl Params,
    whose: impl Fn(&Seen) -> (Option<i64>, Option<i64>),
) -> rusqlite::Result<ByNumber<Activity>> {
    let types = Types::of(moment)?;
    let (mut all, mut pairs) = (ByNumber::default(), Pairs::default());
    scan(moment, from, parameters, |seen| {
        let (Some(one), other) = whose(seen) else {
            return;
        };
        let (start, end) = (
            Timestamp::from_nanos(seen.start),
            Timestamp::from_nanos(seen.end),
        );
        let activity = all.entry(one).or_insert_with(|| Activity {
            first: start,
            last: end,
            counts: Counts::default(),
            others: Vec::new(),
        });
        activity.first = activity.first.min(start);
        activity.last = activity.last.max(end);
        types.count(&mut activity.counts, seen);
        if let Some(other) = other
            && pairs.insert((one, other))
        {
            activity.others.push(other);
        }
    })?;
    Ok(all)
}
