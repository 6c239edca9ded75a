//! The prices of the models in a file.

use rusqlite::Transaction;

use super::column_reader::ColumnReader;
use super::id_map::IdMap;
use super::reader::Reader;
use crate::prices::Price;

/// The prices of the models in a file, by row id.
pub(super) struct ModelPrices<'r>(IdMap<&'r Price>);

impl<'r> ModelPrices<'r> {
    pub(super) fn load(reader: &'r Reader, tx: &Transaction<'_>) -> rusqlite::Result<Self> {
        let mut statement = tx.prepare_cached("SELECT id, model FROM models")?;
        let mut rows = statement.query(())?;
        let mut prices = IdMap::default();
        while let Some(row) = rows.next()? {
            let mut columns = ColumnReader::new(row);
            let (id, model) = (columns.number()?, columns.text()?);
            if let Some(price) = reader.prices().get(&model) {
                prices.insert(id, price);
            }
        }
        Ok(Self(prices))
    }

    pub(super) fn get(&self, model: i64) -> Option<&'r Price> {
        self.0.get(&model).copied()
    }
}
