//! Summing scores by name.

use std::collections::BTreeMap;

use whose::Timestamp;

use super::score_rows::ScoreSummary;
use super::score_source::SelectedScore;

/// The most labels that are counted apart, over all names. Bounds the memory where labels are free
/// texts.
const MAX_COUNTED_LABELS: usize = 100_000;

/// The summaries of the scores of a query, by name.
#[derive(Default)]
pub(super) struct Summaries {
    by_name: BTreeMap<String, Summary>,
    counted_labels: usize,
}

struct Summary {
    count: u64,
    numbers: u64,
    sum: f64,
    min: f64,
    max: f64,
    labels: BTreeMap<String, u64>,
    other_labels: u64,
    /// Nanoseconds since 1970.
    first: i64,
    last: i64,
}

impl Summaries {
    pub(super) fn add(&mut self, score: &SelectedScore) {
        if !self.by_name.contains_key(&score.name) && self.by_name.len() == ScoreSummary::NAMES {
            // Keep the first names of the alphabet, whatever the order of the records.
            match self.by_name.last_entry() {
                Some(last) if last.key() > &score.name => {
                    self.counted_labels -= last.remove().labels.len();
                }
                _ => return,
            }
        }
        let time = score.key.0;
        let summary = self.by_name.entry(score.name.clone());
        let summary = summary.or_insert_with(|| Summary::at(time));
        summary.count += 1;
        summary.first = summary.first.min(time);
        summary.last = summary.last.max(time);
        if let Some(value) = score.value {
            summary.add_number(value);
        }
        if let Some(label) = &score.label {
            match summary.labels.get_mut(label) {
                Some(count) => *count += 1,
                None if self.counted_labels < MAX_COUNTED_LABELS => {
                    self.counted_labels += 1;
                    summary.labels.insert(label.clone(), 1);
                }
                None => summary.other_labels += 1,
            }
        }
    }

    pub(super) fn finish(self) -> Vec<ScoreSummary> {
        let summaries = self.by_name.into_iter();
        summaries
            .map(|(name, summary)| summary.finish(name))
            .collect()
    }
}

impl Summary {
    /// No scores, the first one of which is of this time.
    fn at(time: i64) -> Self {
        Self {
            count: 0,
            numbers: 0,
            sum: 0.0,
            min: 0.0,
            max: 0.0,
            labels: BTreeMap::new(),
            other_labels: 0,
            first: time,
            last: time,
        }
    }

    fn add_number(&mut self, value: f64) {
        let is_first = self.numbers == 0;
        self.min = if is_first { value } else { self.min.min(value) };
        self.max = if is_first { value } else { self.max.max(value) };
        self.numbers += 1;
        self.sum += value;
    }

    #[allow(clippy::cast_precision_loss)] // No file has 2^53 records.
    fn finish(self, name: String) -> ScoreSummary {
        let number = |value| (self.numbers > 0).then_some(value);
        let mut labels: Vec<_> = self.labels.into_iter().collect();
        labels.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        let rest = labels.split_off(labels.len().min(ScoreSummary::LABELS));
        let rest: u64 = rest.iter().map(|(_, count)| count).sum();
        ScoreSummary {
            name,
            count: self.count,
            mean: number(self.sum / self.numbers as f64),
            min: number(self.min),
            max: number(self.max),
            labels: labels.into_iter().collect(),
            other_labels: self.other_labels + rest,
            first_seen: Timestamp::from_nanos(self.first),
            last_seen: Timestamp::from_nanos(self.last),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn score(name: &str, value: Option<f64>, label: Option<&str>) -> SelectedScore {
        SelectedScore {
            key: (0, 0),
            name: name.to_owned(),
            value,
            label: label.map(str::to_owned),
        }
    }

    #[test]
    fn numbers_and_labels_are_summed_apart() {
        let mut summaries = Summaries::default();
        summaries.add(&score("n", Some(-2.0), None));
        summaries.add(&score("n", Some(4.0), Some("x")));
        summaries.add(&score("n", None, Some("x")));
        let summary = &summaries.finish()[0];
        assert_eq!((summary.count, summary.mean), (3, Some(1.0)));
        assert_eq!((summary.min, summary.max), (Some(-2.0), Some(4.0)));
        assert_eq!(summary.labels, BTreeMap::from([("x".to_owned(), 2)]));
    }

    #[test]
    fn summary_of_free_texts_is_small() {
        let mut summaries = Summaries::default();
        for number in 0..2 * ScoreSummary::LABELS {
            summaries.add(&score("n", None, Some(&number.to_string())));
        }
        for number in (0..2 * ScoreSummary::NAMES).rev() {
            summaries.add(&score(&format!("a{number:05}"), Some(1.0), None));
        }
        let summaries = summaries.finish();
        assert_eq!(summaries.len(), ScoreSummary::NAMES);
        assert_eq!(
            (summaries[0].name.as_str(), summaries[0].count),
            ("a00000", 1)
        );

        let mut summaries = Summaries::default();
        for number in 0..2 * ScoreSummary::LABELS {
            summaries.add(&score("n", None, Some(&number.to_string())));
        }
        summaries.add(&score("n", None, Some("39")));
        let summary = &summaries.finish()[0];
        assert_eq!(summary.labels.len(), ScoreSummary::LABELS);
        assert_eq!(summary.labels["39"], 2);
        assert_eq!(summary.other_labels, ScoreSummary::LABELS as u64);
    }
}
