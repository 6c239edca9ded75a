//! The size of a record in memory.

use std::mem;

use crate::model::Value;
use crate::record::record::Record;

/// The approximate overhead of an allocation, in bytes.
const ALLOCATION: usize = 16;

impl Record {
    /// The approximate size of the record in memory, in bytes. For sinks that bound their queue by
    /// size.
    ///
    /// Where several records share tags, extra and contexts, each record counts its part of them.
    ///
    /// ```
    /// let rec = whose::testing::Recorder::start();
    /// tracing::info!("short");
    /// tracing::info!(body = "x".repeat(8_000), "long");
    ///
    /// let events = rec.events();
    /// assert!(events[0].memory_size() < 2_000);
    /// assert!(events[1].memory_size() > 8_000);
    /// ```
    #[must_use]
    pub fn memory_size(&self) -> usize {
        let mut size = mem::size_of::<Self>() + ALLOCATION;
        size += self.message.capacity();
        size += self.fields.capacity() * mem::size_of::<(&str, Value)>();
        for (_, value) in &self.fields {
            size += value.as_str().map_or(0, str::len);
        }
        if let Some(error) = &self.error {
            let texts = error.causes.iter().chain(&error.backtrace);
            size += texts.map(|text| text.len() + ALLOCATION).sum::<usize>();
            let flags = error.flags.iter();
            size += flags.map(|flag| flag.memory_size()).sum::<usize>();
        }
        size += self.received.as_ref().map_or(0, |it| it.memory_size());
        let crumbs = self.breadcrumbs.iter();
        size += crumbs.map(|crumb| crumb.memory_size()).sum::<usize>();
        size += self.attribution.tags.memory_share();
        let data = self.attribution.data.as_deref();
        size + data.map_or(0, crate::model::Data::memory_share)
    }
}
