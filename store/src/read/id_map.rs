//! Maps by row id.

use std::collections::HashMap;

use foldhash::fast::RandomState;

/// A map by row id.
pub(super) type IdMap<V> = HashMap<i64, V, RandomState>;
