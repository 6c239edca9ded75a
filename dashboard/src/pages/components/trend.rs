//! Small pictures of numbers over time, as SVG.

use maud::{Markup, html};
use whose_store::{Day, TimeParts, Timestamp};

use super::value::Value;
use crate::values::{format_number, format_real, pluralize};

/// The parts of a picture in a cell.
pub(in crate::pages) const TREND_PARTS: usize = 24;

/// The width of one part, and the height of a picture in a cell.
const PART: usize = 4;
/// The width of one day.
const DAY: usize = 3;
const HEIGHT: f64 = 20.0;

/// The counts as bars, for a cell. The greatest count has the full height.
pub(in crate::pages) fn bars(counts: &[u64]) -> Value {
    let most = counts.iter().copied().max().unwrap_or_default();
    let total = counts.iter().sum();
    let text = format!(
        "{} in all, at most {} in one of {} parts of the time",
        format_number(total),
        format_number(most),
        counts.len()
    );
    bar_picture(counts, text, PART)
}

/// The records of each day as bars, for a cell.
pub(in crate::pages) fn day_bars(first_day: Day, counts: &[u64]) -> Value {
    let days = (0..counts.len() as i64).map(|day| {
        let seconds = first_day.as_unix_days().saturating_add(day);
        Day::from_unix_seconds(seconds.saturating_mul(86_400))
    });
    let most = counts
        .iter()
        .copied()
        .zip(days)
        .max_by_key(|(count, _)| *count);
    let text = match most {
        Some((most, day)) if most > 0 => format!(
            "{} in {} days, at most {} on {day}",
            pluralize(counts.iter().sum(), "record"),
            counts.len(),
            format_number(most),
        ),
        _ => format!("no record in {} days", counts.len()),
    };
    bar_picture(counts, text, DAY)
}

/// Bars of a width. The text says the same as the picture.
fn bar_picture(counts: &[u64], text: String, part: usize) -> Value {
    let most = counts.iter().copied().max().unwrap_or_default();
    let bars = counts.iter().enumerate().filter(|(_, count)| **count > 0);
    let bars = bars.map(|(index, &count)| {
        // A count that is not zero is visible.
        let height = (ratio(count, most) * (HEIGHT - 2.0)).max(1.5);
        let (x, width, y) = (index * part, part - 1, HEIGHT - height);
        format!("M{x} {}h{width}v{}h-{width}z", decimal(y), decimal(height))
    });
    let (width, bars) = (counts.len() * part, bars.collect::<String>());
    let markup = html! {
        svg.trend role="img" aria-label=(text) width=(width) height=(HEIGHT)
            viewBox={ "0 0 " (width) " " (HEIGHT) } {
            title { (text) }
            @if !bars.is_empty() { path.bars d=(bars) {} }
            path.base d={ "M0 " (HEIGHT - 0.5) "H" (width) } {}
        }
    };
    Value::Picture { markup, text }
}

#[allow(clippy::cast_precision_loss)] // A picture has fewer pixels than a number has digits.
fn ratio(part: u64, whole: u64) -> f64 {
    part as f64 / whole.max(1) as f64
}

fn decimal(number: f64) -> String {
    format!("{number:.1}")
}

/// The numbers as a line, for a cell. Parts without a number are left out.
pub(in crate::pages) fn line(numbers: &[Option<f64>]) -> Value {
    if numbers.iter().all(Option::is_none) {
        return Value::Missing;
    }
    let scale = Scale::of(numbers, (numbers.len() * PART) as f64, HEIGHT);
    let text = scale.text();
    let markup = html! {
        svg.trend role="img" aria-label=(text) width=(numbers.len() * PART) height=(HEIGHT)
            viewBox={ "0 0 " (numbers.len() * PART) " " (HEIGHT) } {
            (scale.markup(numbers))
        }
    };
    Value::Picture { markup, text }
}

/// The numbers as a chart over the whole width of a page, with the times of its ends.
pub(in crate::pages) fn chart(numbers: &[Option<f64>], parts: &TimeParts) -> Markup {
    const WIDTH: f64 = 900.0;
    const HEIGHT: f64 = 120.0;
    let scale = Scale::of(numbers, WIDTH, HEIGHT);
    html! {
        figure.trend-chart {
            div.ends { span { (format_real(scale.max)) } }
            svg role="img" aria-label=(scale.text()) viewBox={ "0 0 " (WIDTH) " " (HEIGHT) }
                preserveAspectRatio="none" {
                path.base d={ "M0 " (HEIGHT - 0.5) "H" (WIDTH) } {}
                (scale.markup(numbers))
            }
            div.ends { span { (format_real(scale.min)) } }
            figcaption.ends { (time(parts.start(0))) (time(parts.start(parts.count()))) }
        }
    }
}

fn time(time: Timestamp) -> Markup {
    Value::Time(time).html()
}

/// Where numbers stand in a picture.
struct Scale {
    min: f64,
    max: f64,
    width: f64,
    height: f64,
}

impl Scale {
    /// The distance of the least and the greatest number from the edges.
    const MARGIN: f64 = 3.0;

    fn of(numbers: &[Option<f64>], width: f64, height: f64) -> Self {
        let known = || numbers.iter().flatten().copied();
        Self {
            min: known().reduce(f64::min).unwrap_or_default(),
            max: known().reduce(f64::max).unwrap_or_default(),
            width,
            height,
        }
    }

    fn text(&self) -> String {
        format!(
            "from {} to {}",
            format_real(self.min),
            format_real(self.max)
        )
    }

    #[allow(clippy::cast_precision_loss)] // A picture has at most a thousand parts.
    fn point(&self, index: usize, count: usize, number: f64) -> (String, String) {
        let x = (index as f64 + 0.5) * self.width / count.max(1) as f64;
        // Halves first: the difference of two finite numbers can be infinite.
        let range = self.max / 2.0 - self.min / 2.0;
        let share = if range > 0.0 {
            (number / 2.0 - self.min / 2.0) / range
        } else {
            0.5
        };
        let y = self.height - Self::MARGIN - share * (self.height - 2.0 * Self::MARGIN);
        (decimal(x), decimal(y))
    }

    /// The line, and a point for each number.
    fn markup(&self, numbers: &[Option<f64>]) -> Markup {
        let known = numbers.iter().enumerate();
        let known = known.filter_map(|(index, number)| Some((index, (*number)?)));
        let points: Vec<_> = known
            .map(|(index, number)| self.point(index, numbers.len(), number))
            .collect();
        let path: Vec<_> = points.iter().map(|(x, y)| format!("{x},{y}")).collect();
        html! {
            polyline points=(path.join(" ")) {}
            @for (x, y) in &points {
                // A line without length: its round ends stay round where the picture is stretched.
                path.point d={ "M" (x) " " (y) "h0" } {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn markup(value: &Value) -> String {
        value.html().into_string()
    }

    #[test]
    fn bars_are_visible_and_within_the_picture() {
        let picture = markup(&bars(&[0, 1, 1_000_000]));
        let expected = r#"d="M4 18.5h3v1.5h-3zM8 2.0h3v18.0h-3z""#;
        assert!(picture.contains(expected), "{picture}");
        assert!(picture.contains("1,000,001 in all"), "{picture}");
        assert!(!markup(&bars(&[0, 0])).contains("bars"));
        assert!(!markup(&bars(&[])).contains("NaN"));
    }

    #[test]
    fn bars_of_days_name_the_day_with_most_records() {
        let day = Day::from_unix_seconds(1_785_369_600);
        let text = |counts: &[u64]| match day_bars(day, counts) {
            Value::Picture { text, .. } => text,
            other => panic!("{other:?}"),
        };
        let some = "1,205 records in 3 days, at most 1,200 on 2026-07-31";
        assert_eq!(text(&[5, 1_200, 0]), some);
        assert_eq!(text(&[0, 0]), "no record in 2 days");
    }

    #[test]
    fn line_of_equal_extreme_or_no_numbers_has_valid_points() {
        assert!(matches!(line(&[None, None]), Value::Missing));
        let equal = markup(&line(&[Some(2.0), None, Some(2.0)]));
        assert!(equal.contains(r#"points="2.0,10.0 10.0,10.0""#), "{equal}");
        let extreme = markup(&line(&[Some(f64::MIN), Some(f64::MAX)]));
        assert!(
            extreme.contains(r#"points="2.0,17.0 6.0,3.0""#),
            "{extreme}"
        );
        assert!(
            !extreme.contains("NaN") && !extreme.contains("inf\""),
            "{extreme}"
        );
    }
}
