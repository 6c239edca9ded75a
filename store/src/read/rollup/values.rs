//! The sums of a range of records.

use super::call_sums::{CallKey, CallSums};
use super::owner::Owner;

/// The number of records, exact and weighted. A record of weight 1 counts in `exact`.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct RecordCount {
    pub(crate) exact: u64,
    /// The sum of the weights of the records that stand for several ones.
    pub(crate) weighted: f64,
}

impl RecordCount {
    pub(super) fn add_record(&mut self, weight: f64) {
        match weight > 1.0 {
            true => self.weighted += weight,
            false => self.exact += 1,
        }
    }

    pub(crate) fn add(&mut self, other: Self) {
        self.exact = self.exact.saturating_add(other.exact);
        self.weighted += other.weighted;
    }
}

/// What records of one owner sum up to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct OwnerSums {
    /// The start of the first record, and the end of the record that ended last.
    pub(crate) first: i64,
    pub(crate) last: i64,
    /// The spans, the events and the errors.
    pub(crate) counts: [RecordCount; 3],
}

impl Default for OwnerSums {
    fn default() -> Self {
        Self {
            first: i64::MAX,
            last: i64::MIN,
            counts: [RecordCount::default(); 3],
        }
    }
}

impl OwnerSums {
    pub(crate) fn add(&mut self, other: &Self) {
        self.first = self.first.min(other.first);
        self.last = self.last.max(other.last);
        for (count, other) in self.counts.iter_mut().zip(other.counts) {
            count.add(other);
        }
    }
}

/// An owner, and the day on which records of the owner started, in days since 1970.
pub(crate) type OwnerOnDay = (Owner, i64);

/// The row id of a session, and an owner of its records. A key of a list without values.
pub(crate) type SessionOwner = ((i64, Owner), ());

/// The sums of a range of records. Each list is ordered by its key and has a key once.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Rollup {
    pub(crate) owners: Vec<(OwnerOnDay, OwnerSums)>,
    /// The sessions, each with every owner of its records.
    pub(crate) sessions: Vec<SessionOwner>,
    pub(crate) without_session: RecordCount,
    pub(crate) calls: Vec<(CallKey, CallSums)>,
    /// The row ids of the calls without a user whose isolated scope may be identified later.
    pub(crate) unowned_calls: Vec<i64>,
}

impl Rollup {
    /// The sums of all of these. Merges neighbours, so that each entry is merged few times.
    pub(super) fn merged(mut rollups: Vec<Self>) -> Self {
        while rollups.len() > 1 {
            let mut pairs = std::mem::take(&mut rollups).into_iter();
            while let Some(mut first) = pairs.next() {
                if let Some(second) = pairs.next() {
                    first.add(second);
                }
                rollups.push(first);
            }
        }
        rollups.pop().unwrap_or_default()
    }

    /// Adds the sums of other records.
    fn add(&mut self, other: Self) {
        merge_sorted(&mut self.owners, other.owners, |sums, other| {
            sums.add(other)
        });
        merge_sorted(&mut self.sessions, other.sessions, |(), ()| ());
        self.without_session.add(other.without_session);
        merge_sorted(&mut self.calls, other.calls, |sums, other| sums.add(other));
        self.unowned_calls.extend(other.unowned_calls);
    }
}

/// Merges a sorted list into another one. `add` combines the values of a key that both have.
pub(crate) fn merge_sorted<K: Ord + Copy, V>(
    into: &mut Vec<(K, V)>,
    from: Vec<(K, V)>,
    mut add: impl FnMut(&mut V, &V),
) {
    let is_after = match (into.last(), from.first()) {
        (Some((last, _)), Some((first, _))) => last < first,
        _ => true,
    };
    if is_after {
        into.extend(from);
        return;
    }
    let mut merged = Vec::with_capacity(into.len() + from.len());
    let mut left = std::mem::take(into).into_iter().peekable();
    let mut right = from.into_iter().peekable();
    while let (Some((one, _)), Some((other, _))) = (left.peek(), right.peek()) {
        let order = one.cmp(other);
        if order.is_gt() {
            merged.extend(right.next());
            continue;
        }
        let Some((key, mut value)) = left.next() else {
            break;
        };
        if order.is_eq()
            && let Some((_, other)) = right.next()
        {
            add(&mut value, &other);
        }
        merged.push((key, value));
    }
    merged.extend(left);
    merged.extend(right);
    *into = merged;
}

#[cfg(test)]
mod tests {
    use super::merge_sorted;

    #[test]
    fn merged_lists_stay_sorted_and_sum_equal_keys() {
        let lists: [(&[i64], &[i64]); 5] = [
            (&[], &[]),
            (&[1, 3], &[]),
            (&[], &[2]),
            (&[1, 2], &[3, 4]),
            (&[1, 3, 5], &[0, 3, 4, 6]),
        ];
        for (left, right) in lists {
            let list = |keys: &[i64]| keys.iter().map(|key| (*key, 1)).collect::<Vec<_>>();
            let mut merged = list(left);
            merge_sorted(&mut merged, list(right), |sum: &mut i32, other| {
                *sum += other
            });
            assert!(
                merged.is_sorted_by(|one, other| one.0 < other.0),
                "{merged:?}"
            );
            let sum: i32 = merged.iter().map(|(_, sum)| sum).sum();
            assert_eq!(sum as usize, left.len() + right.len());
        }
    }
}
