//! Values by the numbers of a dictionary.

use std::collections::HashMap;

use foldhash::fast::RandomState;

/// By numbers of the file.
pub(super) type IdMap<V> = HashMap<i64, V, RandomState>;
