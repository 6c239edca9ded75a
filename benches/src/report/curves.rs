//! How the cost grows: flat, like the logarithm, or faster.

use std::fmt::Write as _;

use crate::results::{Figure, Results};
use crate::rows::growth;

/// One cost over what grows.
#[derive(Clone, Debug, PartialEq)]
pub struct Curve {
    /// What costs.
    pub name: String,
    /// How many, and what it costs then.
    pub points: Vec<(f64, f64)>,
}

/// How a curve grows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Growth {
    /// The last point is at most a quarter above the first.
    Flat,
    /// The last is above the first by at most as much as the logarithm.
    Logarithmic,
    /// More than that.
    Faster,
}

impl Curve {
    /// The curves of the results.
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

    /// How often the last point has the cost of the first.
    #[must_use]
    pub fn ratio(&self) -> f64 {
        match (self.points.first(), self.points.last()) {
            (Some(first), Some(last)) => last.1 / first.1,
            _ => 1.0,
        }
    }

    /// How often it would have, if it grew like the logarithm: by the first cost at each doubling.
    #[must_use]
    pub fn logarithm(&self) -> f64 {
        match (self.points.first(), self.points.last()) {
            (Some(first), Some(last)) => 1.0 + (last.0 / first.0.max(1.0)).log2(),
            _ => 1.0,
        }
    }

    /// How it grows.
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

/// The curves as a table in Markdown; nothing where there are none.
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

    fn curve(points: &[(f64, f64)]) -> Growth {
        let (name, points) = (String::new(), points.to_vec());
        Curve { name, points }.growth()
    }

    #[test]
    fn a_curve_is_judged_by_its_last_point_over_its_first() {
        assert_eq!(curve(&[(1.0, 100.0), (64.0, 120.0)]), Growth::Flat);
        assert_eq!(curve(&[(1.0, 100.0), (64.0, 700.0)]), Growth::Logarithmic);
        assert_eq!(curve(&[(1.0, 100.0), (64.0, 710.0)]), Growth::Faster);
        assert_eq!(curve(&[(0.0, 100.0), (50.0, 660.0)]), Growth::Logarithmic);
    }
}
