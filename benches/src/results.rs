//! What was measured: one figure for each contender of each case, and what it is to the others.

use std::fmt::Write as _;

use serde::{Deserialize, Serialize};

use crate::op::{Role, Unit};

/// Everything that was measured in one run.
#[derive(Debug, Serialize, Deserialize)]
pub struct Results {
    /// On what.
    pub machine: String,
    /// Whether it was a quick run, whose figures are rough.
    pub quick: bool,
    /// The figures, in the order of the rows.
    pub figures: Vec<Figure>,
}

/// What one contender took in one case.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Figure {
    /// The row.
    pub row: String,
    /// The case.
    pub case: String,
    /// The contender.
    pub contender: String,
    /// What it is to the others.
    pub role: Role,
    /// The median of the samples, in `unit`.
    pub median: f64,
    /// What the figure is.
    pub unit: Unit,
    /// Where on its curve it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub argument: Option<u64>,
    /// Allocations an operation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub allocations: Option<f64>,
    /// Bytes an operation asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bytes: Option<f64>,
    /// Instructions an operation, counted apart by valgrind.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub instructions: Option<f64>,
    /// The share of the spans that arrived.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub delivered: Option<f64>,
    /// The median over that of the best peer that delivers everything.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to_best_peer: Option<f64>,
    /// The median over that of the floor.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to_floor: Option<f64>,
}

impl Figure {
    /// A figure that is nothing yet but what was measured.
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

    /// Whether no span was lost.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.delivered.is_none_or(|share| share > 0.999_99)
    }

    /// Whether both are of one case.
    fn is_beside(&self, other: &Self) -> bool {
        (&self.row, &self.case, self.argument) == (&other.row, &other.case, other.argument)
    }
}

/// Sorts the figures by case, and fills in what each is to the others of its case.
pub fn compare(figures: &mut Vec<Figure>) {
    let mut sorted: Vec<Figure> = Vec::with_capacity(figures.len());
    for figure in figures.drain(..) {
        let beside = sorted.iter().rposition(|other| figure.is_beside(other));
        sorted.insert(beside.map_or(sorted.len(), |at| at + 1), figure);
    }
    let least = |of: &Figure, role: Role| {
        let others = sorted.iter().filter(|other| of.is_beside(other));
        let medians = others
            .filter(|other| other.role == role && other.is_whole() && other.median > 0.0)
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

/// The middle one of the values; of an even number the lower of the two in the middle.
#[must_use]
pub fn median(mut values: Vec<f64>) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    values.get(values.len().saturating_sub(1) / 2).copied()
}

impl Results {
    /// All figures as one table in Markdown.
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
    let contender = match (figure.role, figure.is_whole()) {
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

/// A name for Markdown: as code where it has signs that Markdown would take for its own.
#[must_use]
pub fn code(name: &str) -> String {
    if name.contains(['<', '[']) {
        return format!("`{name}`");
    }
    name.into()
}

/// A figure with its unit.
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

/// A whole number with a comma after each three digits.
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
    fn a_peer_that_loses_spans_is_not_the_best_one_however_fast() {
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
    fn contenders_of_one_case_stand_together_and_points_of_a_curve_apart() {
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
    fn the_median_is_the_one_in_the_middle() {
        assert_eq!(median(vec![9.0, 1.0, 5.0]), Some(5.0));
        assert_eq!(median(vec![]), None);
    }

    #[test]
    fn what_markdown_would_take_for_a_tag_or_a_link_is_code() {
        let names = ["Arc<str>", "#[whose::trace]", "tokio scope"].map(code);
        assert_eq!(names, ["`Arc<str>`", "`#[whose::trace]`", "tokio scope"]);
    }

    #[test]
    fn numbers_are_grouped_by_three_digits() {
        let shown = [0.0, 64.0, 1_000.0, 1_000_000.0].map(grouped);
        assert_eq!(shown, ["0", "64", "1,000", "1,000,000"]);
    }
}
