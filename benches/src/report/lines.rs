//! The plot of growth: one panel for each argument.

use super::curves::Curve;
use super::svg::Svg;
use crate::results::{Results, grouped};

const WIDTH: f64 = 760.0;
const LEFT: f64 = 56.0;
const PANEL: f64 = 190.0;
const GAP: f64 = 48.0;
const TOP: f64 = 112.0;
const HEIGHT: f64 = 210.0;

/// The title of each panel, and how the names of its curves end.
const PANELS: [(&str, &str); 3] = [
    ("nested scopes", " at a depth of"),
    ("tags", " under so many tags"),
    ("distinct users seen", ", so many users seen"),
];
/// How the names of the curves begin, and their captions; the colours are the same in every panel.
const LINES: [(&str, &str); 3] = [
    ("enter+exit", "enter and leave a scope"),
    ("the user id", "read the user id"),
    ("a span", "a span, collected"),
];

/// Draws the plot.
#[must_use]
pub fn draw(results: &Results) -> String {
    let curves = Curve::all(results);
    let mut svg = Svg::new(WIDTH);
    svg.text("title", "start", 16.0, 28.0, "How the cost grows");
    let unit = "times the cost at the left end of each line; both axes are logarithmic";
    svg.text("small", "start", 16.0, 47.0, unit);
    let mut x = 16.0;
    for (at, (_, name)) in LINES.iter().enumerate() {
        svg.line(&format!("line{at}"), &[(x, 70.0), (x + 22.0, 70.0)]);
        svg.text("small", "start", x + 28.0, 74.0, name);
        x += 186.0;
    }
    svg.line("log", &[(x, 70.0), (x + 22.0, 70.0)]);
    svg.text("small", "start", x + 28.0, 74.0, "1 + log₂ n");
    // One scale for all panels, so that they are comparable.
    let most = curves
        .iter()
        .flat_map(relative)
        .fold(24.0, |most, (_, y)| y.max(most));
    for (at, (title, ending)) in PANELS.iter().enumerate() {
        let left = LEFT + at as f64 * (PANEL + GAP);
        let is_here = |curve: &&Curve| curve.name.ends_with(ending);
        let here: Vec<&Curve> = curves.iter().filter(is_here).collect();
        panel(&mut svg, left, title, &here, most);
    }
    svg.finish(
        TOP + HEIGHT + 48.0,
        "How the cost grows with depth, tags and users",
    )
}

/// Returns the points relative to the first one.
fn relative(curve: &Curve) -> Vec<(f64, f64)> {
    let first = curve.points.first().map_or(1.0, |point| point.1);
    let points = curve.points.iter();
    points.map(|(x, y)| (*x, y / first)).collect()
}

fn panel(svg: &mut Svg, left: f64, title: &str, curves: &[&Curve], most: f64) {
    // Shifted by one, because the logarithm of 0 is undefined.
    let place = |x: f64| (x + 1.0).log2();
    let xs = || {
        curves
            .iter()
            .flat_map(|curve| curve.points.iter().map(|point| point.0))
    };
    let (from, to) = (xs().fold(f64::MAX, f64::min), xs().fold(0.0, f64::max));
    if from >= to {
        return;
    }
    let at_x = |x: f64| left + (place(x) - place(from)) / (place(to) - place(from)) * PANEL;
    let low = 0.5_f64;
    let at_y = |y: f64| {
        let share = (y.max(low) / low).ln() / (most * 1.1 / low).ln();
        TOP + HEIGHT - share * HEIGHT
    };
    svg.text("head", "middle", left + PANEL / 2.0, TOP - 10.0, title);
    for tick in [0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0, 500.0] {
        if tick < most * 1.1 {
            svg.line("grid", &[(left, at_y(tick)), (left + PANEL, at_y(tick))]);
            svg.text(
                "small",
                "end",
                left - 6.0,
                at_y(tick) + 4.0,
                &format!("{tick}×"),
            );
        }
    }
    for (x, anchor) in [(from, "start"), (to, "end")] {
        svg.text("small", anchor, at_x(x), TOP + HEIGHT + 18.0, &grouped(x));
    }
    let logarithm = (0..=40).map(|step| {
        let x = from + (f64::from(step) / 40.0 * (to - from + 1.0).ln()).exp() - 1.0;
        let over = 1.0 + (x.max(1.0) / from.max(1.0)).log2();
        (at_x(x), at_y(over))
    });
    svg.line("log", &logarithm.collect::<Vec<_>>());
    for (at, (beginning, _)) in LINES.iter().enumerate() {
        let of = curves
            .iter()
            .find(|curve| curve.name.starts_with(beginning));
        let points = of.map(|curve| relative(curve)).unwrap_or_default();
        let points: Vec<_> = points.iter().map(|(x, y)| (at_x(*x), at_y(*y))).collect();
        if !points.is_empty() {
            svg.line(&format!("line{at}"), &points);
        }
        for (x, y) in points {
            svg.dot(&format!("dot{at}"), x, y);
        }
    }
}
