//! The names of a record that another process made.

use std::sync::Arc;

use crate::model::Value;

/// The names and the fields of a record that another process made. The names of the records of this
/// process are `'static`, and stand in the record itself.
#[derive(Clone, Default)]
pub(crate) struct ReceivedNames {
    pub(crate) name: Arc<str>,
    pub(crate) target: Arc<str>,
    pub(crate) fields: Vec<(Arc<str>, Value)>,
    /// The names of the spans that an error happened in, innermost first.
    pub(crate) span_path: Vec<Arc<str>>,
}

impl ReceivedNames {
    /// The last recorded value of a field.
    pub(crate) fn field(&self, name: &str) -> Option<&Value> {
        let mut fields = self.fields.iter().rev();
        fields
            .find(|(key, _)| **key == *name)
            .map(|(_, value)| value)
    }

    /// The size of the names and the fields in memory, in bytes. Names can be shared, and count in full.
    pub(crate) fn memory_size(&self) -> usize {
        let path = self.span_path.iter();
        let names = [&self.name, &self.target].into_iter().chain(path);
        let fields = self.fields.iter().map(|(name, value)| {
            let text = value.as_str().map_or(0, str::len);
            size_of::<(Arc<str>, Value)>() + name.len() + text
        });
        names.map(|name| name.len()).sum::<usize>() + fields.sum::<usize>()
    }
}
