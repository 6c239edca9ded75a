//! The growth of the cost: flat, logarithmic, or faster.

use std::fmt::Write as _;

use crate::results::{Figure, Results};
use crate::rows::growth;

/// A cost over an argument.
#[derive(Clone, Debug, PartialEq)]
pub struct Curve {
    /// The case.
    pub name: String,
    /// Pairs of argument and cost.
    pub points: Vec<(f64, f64)>,
}

/// The growth of a curve.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Growth {
    /// The last cost is at most a quarter above the first.
    Flat,
    /// The ratio of the last cost to the first is at most that of a logarithm.
    Logarithmic,
    /// The ratio is larger.
    Faster,
}

impl Curve {
    /// Returns the curves of the results.
    #[must_use]
    pub fn all(results: &Results) -> Vec<Self> {
        let mut curves: Vec<Self> = Vec::new();
        let is_growth = |figure: &&Figure| figure.row == growth::ROW;
        for figure in results.figures.iter().filter(is_growth) {
            let Some(argument) = figure.argument else {
                continue;
            };
            let point = (argument as f64, figure.median);
            match curves.iter_mut().find(|curve| curve.name == figure.case) {
                Some(curve) => curve.points.push(point),
                None => curves.push(Self {
                    name: figure.case.clone(),
                    points: vec![point],
                }),
            }
        }
        curves
    }

    /// Returns the ratio of the last cost to the first.
    #[must_use]
    pub fn ratio(&self) -> f64 {
        match (self.points.first(), self.points.last()) {
            (Some(first), Some(last)) => last.1 / first.1,
            _ => 1.0,
        }
    }

    /// Returns the ratio of a logarithmic curve, which grows by the first cost at each doubling.
    #[must_use]
    pub fn logarithm(&self) -> f64 {
        match (self.points.first(), self.points.last()) {
            (Some(first), Some(last)) => 1.0 + (last.0 / first.0.max(1.0)).log2(),
            _ => 1.0,
        }
    }

    /// Returns the growth of the curve.
    #[must_use]
    pub fn growth(&self) -> Growth {
        if self.ratio() <= 1.25 {
            return Growth::Flat;
        }
        if self.ratio() <= self.logarithm() {
            return Growth::Logarithmic;
        }
        Growth::Faster
    }
}

/// Formats the curves as a table in Markdown; empty without curves.
#[must_use]
pub fn table(results: &Results) -> String {
    let curves = Curve::all(results);
    if curves.is_empty() {
        return String::new();
    }
    let mut table = String::from(
        "| how the cost grows | first | last | ratio | logarithm | |\n|---|--:|--:|--:|--:|---|\n",
    );
    for curve in curves {
        let (Some(first), Some(last)) = (curve.points.first(), curve.points.last()) else {
            continue;
        };
        let growth = match curve.growth() {
            Growth::Flat => "flat",
            Growth::Logarithmic => "no more than logarithmic",
            Growth::Faster => "**worse than logarithmic**",
        };
        // Writing to a string cannot fail.
        let _ = writeln!(
            table,
            "| {} {} to {} | {:.0} ns | {:.0} ns | {:.2}× | {:.2}× | {growth} |",
            curve.name,
            first.0,
            last.0,
            first.1,
            last.1,
            curve.ratio(),
            curve.logarithm(),
        );
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    fn growth_of(points: &[(f64, f64)]) -> Growth {
        let (name, points) = (String::new(), points.to_vec());
        Curve { name, points }.growth()
    }

    #[test]
    fn growth_is_the_ratio_of_last_point_to_first() {
        assert_eq!(growth_of(&[(1.0, 100.0), (64.0, 120.0)]), Growth::Flat);
        assert_eq!(
            growth_of(&[(1.0, 100.0), (64.0, 700.0)]),
            Growth::Logarithmic
        );
        assert_eq!(growth_of(&[(1.0, 100.0), (64.0, 710.0)]), Growth::Faster);
        assert_eq!(
            growth_of(&[(0.0, 100.0), (50.0, 660.0)]),
            Growth::Logarithmic
        );
    }
}
