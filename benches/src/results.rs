//! The results: one figure for each contender of each case, with its ratios to the others.

use std::fmt::Write as _;

use serde::{Deserialize, Serialize};

use crate::benchmark::{Role, Unit};

/// The figures of one run.
#[derive(Debug, Serialize, Deserialize)]
pub struct Results {
    /// The machine.
    pub machine: String,
    /// Whether the run was quick, with rough figures.
    pub quick: bool,
    /// The figures, in the order of the rows.
    pub figures: Vec<Figure>,
}

/// The figure of one contender in one case.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Figure {
    /// The row.
    pub row: String,
    /// The case.
    pub case: String,
    /// The contender.
    pub contender: String,
    /// The role of the contender.
    pub role: Role,
    /// The median of the samples, in `unit`.
    pub median: f64,
    /// The unit of the median.
    pub unit: Unit,
    /// The position on the curve.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub argument: Option<u64>,
    /// Allocations per operation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub allocations: Option<f64>,
    /// Bytes requested per operation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bytes: Option<f64>,
    /// Instructions per operation, counted by valgrind.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub instructions: Option<f64>,
    /// The share of the records that were delivered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub delivered: Option<f64>,
    /// The ratio to the fastest peer that delivers all records.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to_best_peer: Option<f64>,
    /// The ratio to the floor.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to_floor: Option<f64>,
}

impl Figure {
    /// Creates a figure with a median alone.
    #[must_use]
    pub fn new(
        row: &str,
        case: &str,
        contender: &str,
        role: Role,
        median: f64,
        unit: Unit,
    ) -> Self {
        Self {
            row: row.into(),
            case: case.into(),
            contender: contender.into(),
            role,
            median,
            unit,
            argument: None,
            allocations: None,
            bytes: None,
            instructions: None,
            delivered: None,
            to_best_peer: None,
            to_floor: None,
        }
    }

    /// Returns whether all records were delivered.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.delivered.is_none_or(|share| share > 0.999_99)
    }

    /// Returns whether both figures belong to one case.
    fn is_same_case(&self, other: &Self) -> bool {
        (&self.row, &self.case, self.argument) == (&other.row, &other.case, other.argument)
    }
}

/// Sorts the figures by case and computes the ratios within each case.
pub fn compare(figures: &mut Vec<Figure>) {
    let mut sorted: Vec<Figure> = Vec::with_capacity(figures.len());
    for figure in figures.drain(..) {
        let last_of_case = sorted.iter().rposition(|other| figure.is_same_case(other));
        sorted.insert(last_of_case.map_or(sorted.len(), |at| at + 1), figure);
    }
    let least = |of: &Figure, role: Role| {
        let others = sorted.iter().filter(|other| of.is_same_case(other));
        let medians = others
            .filter(|other| other.role == role && other.is_complete() && other.median > 0.0)
            .map(|other| other.median);
        medians.reduce(f64::min)
    };
    *figures = sorted
        .iter()
        .map(|figure| Figure {
            to_best_peer: least(figure, Role::Peer).map(|best| figure.median / best),
            to_floor: least(figure, Role::Floor).map(|floor| figure.median / floor),
            ..figure.clone()
        })
        .collect();
}

/// Returns the middle value; of an even number of values, the lower of the two in the middle.
#[must_use]
pub fn median(mut values: Vec<f64>) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    values.get(values.len().saturating_sub(1) / 2).copied()
}

/// Returns the quotient; a `whole` of 0 counts as 1.
#[must_use]
pub fn ratio(part: u64, whole: u64) -> f64 {
    part as f64 / whole.max(1) as f64
}

impl Results {
    /// Formats all figures as a table in Markdown.
    #[must_use]
    pub fn table(&self) -> String {
        let mut table = format!(
            "{}.{}\n\n\
             | row | case | contender | median | to best peer | to floor | instructions | allocations | bytes | delivered |\n\
             |---|---|---|--:|--:|--:|--:|--:|--:|--:|\n",
            self.machine,
            if self.quick {
                " A quick run: rough figures."
            } else {
                ""
            }
        );
        for figure in &self.figures {
            // Writing to a string cannot fail.
            let _ = writeln!(table, "{}", line(figure));
        }
        table
    }
}

fn line(figure: &Figure) -> String {
    let Figure { row, case, .. } = figure;
    let name = code(&figure.contender);
    let contender = match (figure.role, figure.is_complete()) {
        (Role::Ours, _) => format!("**{name}**"),
        (Role::Floor, _) => format!("*{name}*"),
        (Role::Peer, true) => name,
        (Role::Peer, false) => format!("{name} (loses spans)"),
    };
    let at = figure
        .argument
        .map(|at| format!(" {at}"))
        .unwrap_or_default();
    let times = |ratio: Option<f64>| {
        ratio
            .map(|ratio| format!("{ratio:.2}×"))
            .unwrap_or_default()
    };
    let count = |count: Option<f64>| count.map(|count| format!("{count:.1}")).unwrap_or_default();
    let whole = |count: Option<f64>| count.map(|count| format!("{count:.0}")).unwrap_or_default();
    let delivered = figure
        .delivered
        .map(|share| format!("{share:.3}"))
        .unwrap_or_default();
    format!(
        "| {row} | {case}{at} | {contender} | {} | {} | {} | {} | {} | {} | {delivered} |",
        amount(figure.median, figure.unit),
        times(figure.to_best_peer),
        times(figure.to_floor),
        whole(figure.instructions),
        count(figure.allocations),
        whole(figure.bytes),
    )
}

/// Formats a name for Markdown: as code if it contains characters that Markdown interprets.
#[must_use]
pub fn code(name: &str) -> String {
    if name.contains(['<', '[']) {
        return format!("`{name}`");
    }
    name.into()
}

/// Formats a figure with its unit.
#[must_use]
pub fn amount(value: f64, unit: Unit) -> String {
    match unit {
        Unit::Nanoseconds if value < 100.0 => format!("{value:.1} ns"),
        Unit::Nanoseconds => format!("{value:.0} ns"),
        Unit::Bytes if value < 10.0 && value > 0.0 => format!("{value:.2} B"),
        Unit::Bytes if value < 10_000_000.0 => format!("{value:.0} B"),
        Unit::Bytes => format!("{:.0} MB", value / 1e6),
    }
}

/// Formats a whole number with a comma after each three digits.
#[must_use]
pub fn grouped(number: f64) -> String {
    let digits = format!("{number:.0}");
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn figure(contender: &str, role: Role, median: f64, delivered: Option<f64>) -> Figure {
        let figure = Figure::new("row", "case", contender, role, median, Unit::Nanoseconds);
        Figure {
            delivered,
            ..figure
        }
    }

    #[test]
    fn fast_peer_that_loses_spans_is_not_the_best_peer() {
        let mut figures = vec![
            figure("ours", Role::Ours, 20.0, Some(1.0)),
            figure("slow", Role::Peer, 100.0, Some(1.0)),
            figure("slower", Role::Peer, 200.0, None),
            figure("drops", Role::Peer, 10.0, Some(0.9)),
            figure("floor", Role::Floor, 5.0, None),
        ];
        compare(&mut figures);
        assert_eq!(figures[0].to_best_peer, Some(0.2));
        assert_eq!(figures[0].to_floor, Some(4.0));
        let results = Results {
            machine: String::new(),
            quick: false,
            figures,
        };
        assert!(
            results
                .table()
                .contains("| drops (loses spans) | 10.0 ns |")
        );
    }

    #[test]
    fn compared_figures_are_grouped_by_case_and_argument() {
        let mut curve = figure("curve", Role::Ours, 1.0, None);
        curve.argument = Some(2);
        let mut figures = vec![
            figure("a", Role::Ours, 1.0, None),
            curve,
            figure("b", Role::Peer, 1.0, None),
        ];
        compare(&mut figures);
        let order: Vec<_> = figures.iter().map(|figure| &*figure.contender).collect();
        assert_eq!(order, ["a", "b", "curve"]);
        assert_eq!(figures[2].to_best_peer, None);
    }

    #[test]
    fn median_of_odd_count_is_the_middle_value() {
        assert_eq!(median(vec![9.0, 1.0, 5.0]), Some(5.0));
        assert_eq!(median(vec![]), None);
    }

    #[test]
    fn name_with_markdown_characters_is_formatted_as_code() {
        let names = ["Arc<str>", "#[whose::trace]", "tokio scope"].map(code);
        assert_eq!(names, ["`Arc<str>`", "`#[whose::trace]`", "tokio scope"]);
    }

    #[test]
    fn grouped_number_has_commas_every_three_digits() {
        let shown = [0.0, 64.0, 1_000.0, 1_000_000.0].map(grouped);
        assert_eq!(shown, ["0", "64", "1,000", "1,000,000"]);
    }
}
