//! The weight of a record that a sampler chose.

use std::sync::Arc;

use crate::record::record::Record;

impl Record {
    /// How many records the record stands for: 1, unless a [`Sampler`](crate::Sampler) left out
    /// others like it.
    ///
    /// A sink that counts records, or sums up their values, adds up the weights instead. At a rate
    /// of 0.1, the weight is 10.
    ///
    /// ```
    /// let rec = whose::testing::Recorder::start();
    /// tracing::info!("hello");
    /// assert_eq!(rec.events()[0].weight(), 1.0);
    /// ```
    #[must_use]
    pub fn weight(&self) -> f64 {
        self.weight
    }

    /// A copy with the weight of a rate that has kept the record.
    ///
    /// Two rates decide alike about a trace: the lower one alone decides, and its weight counts.
    /// Their decisions about a record without a trace are independent, and the weights multiply.
    pub(crate) fn weighted(&self, of_rate: f64) -> Arc<Self> {
        let mut copy = self.clone();
        copy.weight = match self.trace_id {
            Some(_) => self.weight.max(of_rate),
            None => self.weight * of_rate,
        };
        Arc::new(copy)
    }
}
