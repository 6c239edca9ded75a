//! The tree of the spans of each trace, and the events inside.

use std::collections::{HashMap, HashSet};

use whose_store::RecordRow;

/// The records of one trace in the order of a waterfall.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct TraceTree {
    /// The id; `None` for records outside every trace.
    pub(crate) trace_id: Option<String>,
    pub(crate) rows: Vec<TreeRow>,
    /// The start of the first record and the end of the last one, in nanoseconds since 1970.
    pub(crate) start: i64,
    pub(crate) end: i64,
}

/// A record of a tree: its index in the list of records, and the number of spans around it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct TreeRow {
    pub(crate) index: usize,
    pub(crate) depth: usize,
}

/// The end of a record, in nanoseconds since 1970.
pub(crate) fn end_of(record: &RecordRow) -> i64 {
    let duration = i64::try_from(record.duration_ns.unwrap_or_default()).unwrap_or(i64::MAX);
    record.time.as_nanos().saturating_add(duration)
}

/// The traces of the records, in the order of their first records. Each record is in one tree. A
/// record whose parent is not among the records is a root.
pub(crate) fn trace_trees(records: &[RecordRow]) -> Vec<TraceTree> {
    let mut traces: Vec<(Option<&str>, Vec<usize>)> = Vec::new();
    let mut known: HashMap<Option<&str>, usize> = HashMap::new();
    for (index, record) in records.iter().enumerate() {
        let trace_id = record.trace_id.as_deref();
        let at = *known.entry(trace_id).or_insert(traces.len());
        if at == traces.len() {
            traces.push((trace_id, Vec::new()));
        }
        traces[at].1.push(index);
    }
    let trees = traces.into_iter().map(|(trace_id, indexes)| TraceTree {
        trace_id: trace_id.map(str::to_owned),
        start: starts(records, &indexes).min().unwrap_or_default(),
        end: indexes
            .iter()
            .map(|index| end_of(&records[*index]))
            .max()
            .unwrap_or_default(),
        rows: rows(records, &indexes),
    });
    trees.collect()
}

/// The record with that id and the records inside it, the record itself at depth 0; empty if the trees
/// lack the record.
pub(crate) fn subtree(trees: &[TraceTree], records: &[RecordRow], id: i64) -> Vec<TreeRow> {
    let is_wanted = |row: &TreeRow| records[row.index].id == id;
    let mut rows = trees.iter().map(|tree| &tree.rows[..]);
    let found = rows.find_map(|rows| Some(&rows[rows.iter().position(is_wanted)?..]));
    let Some((first, rest)) = found.and_then(<[_]>::split_first) else {
        return Vec::new();
    };
    let inside = rest.iter().take_while(|row| row.depth > first.depth);
    let rows = std::iter::once(first).chain(inside);
    rows.map(|row| TreeRow {
        index: row.index,
        depth: row.depth - first.depth,
    })
    .collect()
}

fn starts<'a>(
    records: &'a [RecordRow],
    indexes: &'a [usize],
) -> impl Iterator<Item = i64> + use<'a> {
    indexes.iter().map(|index| records[*index].time.as_nanos())
}

/// The records of one trace, each below its parent, siblings in the order of the list.
fn rows(records: &[RecordRow], indexes: &[usize]) -> Vec<TreeRow> {
    let is_span = |index: &&usize| records[**index].record_type == "span";
    let spans = indexes.iter().filter(is_span);
    let spans = spans.filter_map(|index| Some((records[*index].span_id.as_deref()?, *index)));
    let spans: HashMap<&str, usize> = spans.collect();
    let parent_of = |index: usize| {
        let record = &records[index];
        let parent = match record.record_type.as_str() {
            "span" => record.parent_id.as_deref(),
            _ => record.span_id.as_deref(),
        };
        let parent = spans.get(parent?).copied();
        parent.filter(|parent| *parent != index)
    };
    let mut children: HashMap<usize, Vec<usize>> = HashMap::new();
    let mut roots = Vec::new();
    for index in indexes {
        match parent_of(*index) {
            Some(parent) => children.entry(parent).or_default().push(*index),
            None => roots.push(*index),
        }
    }
    let (mut rows, mut seen) = (Vec::with_capacity(indexes.len()), HashSet::new());
    // Spans that a forged file puts around each other have no root, so each record is tried.
    for start in roots.into_iter().chain(indexes.iter().copied()) {
        let mut pending = vec![TreeRow {
            index: start,
            depth: 0,
        }];
        while let Some(row) = pending.pop() {
            if !seen.insert(row.index) {
                continue;
            }
            rows.push(row);
            let inside = children.get(&row.index).into_iter().flatten().rev();
            pending.extend(inside.map(|index| TreeRow {
                index: *index,
                depth: row.depth + 1,
            }));
        }
    }
    rows
}
