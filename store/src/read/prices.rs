//! The prices of the models in a file.

use rusqlite::Transaction;

use super::call::Call;
use super::column_reader::ColumnReader;
use super::id_map::IdMap;
use crate::money::Usd;
use crate::prices::{Day, PriceHistory, Prices};

/// The prices of the models in a file, by row id.
pub(super) struct ModelPrices<'r>(IdMap<&'r PriceHistory>);

impl<'r> ModelPrices<'r> {
    pub(super) fn load(prices: &'r Prices, tx: &Transaction<'_>) -> rusqlite::Result<Self> {
        let mut statement = tx.prepare_cached("SELECT id, model FROM models")?;
        let mut rows = statement.query(())?;
        let mut histories = IdMap::default();
        while let Some(row) = rows.next()? {
            let mut columns = ColumnReader::new(row);
            let (id, model) = (columns.number()?, columns.text()?);
            if let Some(history) = prices.get(&model) {
                histories.insert(id, history);
            }
        }
        Ok(Self(histories))
    }

    /// The prices of a model; `None` if it has none.
    pub(super) fn history(&self, model: i64) -> Option<&'r PriceHistory> {
        self.0.get(&model).copied()
    }

    /// The cost of a call that started at that time, in nanoseconds since 1970; `None` if it has no
    /// price.
    pub(super) fn cost(&self, call: &Call, start: i64) -> Option<Usd> {
        let history = self.0.get(&call.model)?;
        let day = Day::from_unix_nanos(start);
        history.cost(call.tier?, day, &call.tokens).ok()
    }
}
