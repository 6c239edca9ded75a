//! The conversations of a user.

use std::collections::HashMap;

use rusqlite::{Transaction, params};
use whose::Timestamp;

use super::call::{COLUMNS, Call};
use super::column::Column;
use super::pages::{KeyedPages, Rows};
use super::partitions::{Partition, Partitions};
use super::prices::ModelPrices;
use super::query::Query;
use super::reader::Reader;
use super::record_types::{CountsSum, RecordTypes};
use super::rows::ConversationRow;
use super::usage::UsageSum;
use super::weight::Weights;
use crate::error::StoreError;

/// The most conversations in memory.
const MAX_IN_MEMORY: usize = 10_000;

impl Reader {
    pub(super) fn user_conversations(
        &self,
        user_id: &str,
        query: &Query,
    ) -> Result<Rows<'_, ConversationRow>, StoreError> {
        let user = self.user_row_id(user_id)?;
        // Most files have no conversation, and reading a user can take long.
        let has_any = "SELECT EXISTS (SELECT 1 FROM conversations)";
        let has_any: bool = self.read_tx(|tx| tx.query_row(has_any, (), |row| row.get(0)))?;
        let partitions = match has_any {
            true => self.partitions(query)?,
            false => Partitions::default(),
        };
        let mut sums = Sums::new(self, query)?;
        // The newest partition first, so that the conversations past the limit are old ones.
        for partition in partitions.0.iter().rev() {
            self.read_tx(|tx| sums.add_partition(tx, user, partition))?;
        }
        Ok(Rows::new(
            KeyedPages::new(sums.newest_first(), Ok),
            query.max_rows(),
        ))
    }
}

/// The records of a user in one conversation.
struct ConversationSum {
    first: i64,
    last: i64,
    counts: CountsSum,
    usage: UsageSum,
}

struct Sums<'r> {
    query: Query,
    types: RecordTypes,
    weights: Weights,
    prices: ModelPrices<'r>,
    conversations: HashMap<String, ConversationSum>,
}

impl<'r> Sums<'r> {
    fn new(reader: &'r Reader, query: &Query) -> Result<Self, StoreError> {
        reader.read_tx(|tx| {
            Ok(Self {
                query: *query,
                types: RecordTypes::load(tx)?,
                weights: Weights::load(tx)?,
                prices: ModelPrices::load(reader.prices(), tx)?,
                conversations: HashMap::new(),
            })
        })
    }

    fn add_partition(
        &mut self,
        tx: &Transaction<'_>,
        user: i64,
        partition: &Partition,
    ) -> rusqlite::Result<()> {
        let range = self.query.range();
        let mut statement = tx.prepare_cached(&format!(
            "SELECT cv.cid, r.start, r.duration, r.site, r.traits, {COLUMNS}
             FROM (SELECT r.* FROM {}) r
             CROSS JOIN conversations cv ON cv.scope = r.scope
             LEFT JOIN usages g ON g.record = r.id",
            Column::User.records_of_partition()
        ))?;
        let (first, last) = (partition.first_id, partition.last_id);
        let mut rows = statement.query(params![partition.key(user), user, first, last])?;
        while let Some(row) = rows.next()? {
            let (start, duration): (i64, Option<i64>) = (row.get(1)?, row.get(2)?);
            if !range.contains(start) {
                continue;
            }
            let id = row.get_ref(0)?.as_bytes().unwrap_or_default();
            let id = String::from_utf8_lossy(id).into_owned();
            let is_full = self.conversations.len() >= MAX_IN_MEMORY;
            if is_full && !self.conversations.contains_key(&id) {
                continue;
            }
            let sum = self.conversations.entry(id).or_insert(ConversationSum {
                first: i64::MAX,
                last: i64::MIN,
                counts: CountsSum::default(),
                usage: UsageSum::default(),
            });
            let weight = self.weights.of(row.get(4)?);
            sum.first = sum.first.min(start);
            sum.last = sum
                .last
                .max(start.saturating_add(duration.unwrap_or_default().max(0)));
            self.types.count(&mut sum.counts, row.get(3)?, weight);
            if let Some(call) = Call::read(row, 5)? {
                let cost = self.prices.cost(&call, start);
                sum.usage.add_call(&call.tokens, cost, weight);
            }
        }
        Ok(())
    }

    fn newest_first(self) -> Vec<ConversationRow> {
        let rows = self.conversations.into_iter();
        let rows = rows.map(|(id, sum)| ConversationRow {
            id,
            first_seen: Timestamp::from_nanos(sum.first),
            last_seen: Timestamp::from_nanos(sum.last),
            counts: sum.counts.rounded(),
            usage: sum.usage.rounded(),
        });
        let mut rows: Vec<_> = rows.collect();
        rows.sort_by(|one, other| (other.last_seen, &one.id).cmp(&(one.last_seen, &other.id)));
        rows
    }
}
