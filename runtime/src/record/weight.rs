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

    /// A copy whose weight is multiplied by `factor`.
    pub(crate) fn weighted(&self, factor: f64) -> Arc<Self> {
        let mut copy = self.clone();
        copy.weight *= factor;
        Arc::new(copy)
    }
}
