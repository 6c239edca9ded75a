//! The prices of the models in a file.

use rusqlite::Transaction;

use super::by_number::ByNumber;
use super::cells::Cells;
use super::reader::Reader;
use crate::prices::Price;

/// The price of each model of the file that has one, by its number.
pub(super) struct ModelPrices<'r>(ByNumber<&'r Price>);

impl<'r> ModelPrices<'r> {
    pub(super) fn of(reader: &'r Reader, tx: &Transaction<'_>) -> rusqlite::Result<Self> {
        let mut statement = tx.prepare_cached("SELECT id, model FROM models")?;
        let mut rows = statement.query(())?;
        let mut prices = ByNumber::default();
        while let Some(row) = rows.next()? {
            let mut cells = Cells::of(row);
            let (id, model) = (cells.number()?, cells.text()?);
            if let Some(price) = reader.prices().of(&model) {
                prices.insert(id, price);
            }
        }
        Ok(Self(prices))
    }

    pub(super) fn of_model(&self, model: i64) -> Option<&'r Price> {
        self.0.get(&model).copied()
    }
}
