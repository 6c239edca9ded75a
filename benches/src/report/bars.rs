//! The plot of times: for each case a bar a contender.

use super::readme::{SHOWN, Shown, TO_THE_END, ranked};
use super::svg::Svg;
use crate::op::Role;
use crate::results::{Figure, Results, amount};
use crate::rows::{pipeline, polls, reads, scopes, spans};

/// The cases that are drawn.
const DRAWN: [(&str, &str); 6] = [
    (scopes::ROW, scopes::STR_18),
    (reads::ROW, reads::USER_ID),
    (polls::ROW, polls::PENDING),
    (spans::ROW, spans::SPAN_USER[0]),
    (spans::ROW, spans::SPAN_USER[2]),
    (pipeline::ROW, TO_THE_END),
];

const WIDTH: f64 = 760.0;
const NAMES: f64 = 270.0;
const BAR: f64 = 16.0;
const STEP: f64 = 21.0;
/// Room right of the longest bar for its figure.
const FIGURE: f64 = 150.0;

/// The plot.
#[must_use]
pub fn draw(results: &Results) -> String {
    let mut svg = Svg::new(WIDTH);
    svg.text(
        "title",
        "start",
        16.0,
        28.0,
        "Time of each operation, beside the peers",
    );
    svg.text(
        "small",
        "start",
        16.0,
        47.0,
        "median; shorter is better; each group has a scale of its own",
    );
    let mut y = 78.0;
    for (row, case) in DRAWN {
        let Some(shown) = SHOWN
            .iter()
            .find(|shown| (shown.row, shown.case) == (row, case))
        else {
            continue;
        };
        let figures = contenders(shown, results);
        let title = shown.title.replace('`', "");
        svg.text("head", "start", 16.0, y, &sentence(&title, row, case));
        y += 9.0;
        let longest = figures
            .iter()
            .map(|figure| figure.median)
            .fold(0.0, f64::max);
        for figure in figures {
            bar(&mut svg, figure, y, longest);
            y += STEP;
        }
        y += 26.0;
    }
    svg.finish(y - 10.0, "Time of each operation, beside the peers")
}

/// In full, since in the plot nothing stands above it.
fn sentence(title: &str, row: &str, case: &str) -> String {
    if (row, case) == (spans::ROW, spans::SPAN_USER[2]) {
        return "a span with a user, collected: async with 10 pending polls".into();
    }
    if row == pipeline::ROW {
        return "a span through the whole pipeline, until all have arrived".into();
    }
    title.into()
}

/// Ours, then the peers from the fastest on, then the floors.
fn contenders<'a>(shown: &Shown, results: &'a Results) -> Vec<&'a Figure> {
    // Whatever a pipeline ends in, which its name says.
    let figures = Shown {
        is_like: |_| true,
        ..*shown
    }
    .of(results);
    // A pipeline ends in different places; of what is one thing done in two ways, one is enough.
    let ours = match shown.row {
        pipeline::ROW => ranked(&figures, Role::Ours),
        _ => shown.ours(&figures).into_iter().collect(),
    };
    let (peers, floors) = (ranked(&figures, Role::Peer), ranked(&figures, Role::Floor));
    [ours, peers, floors].concat()
}

fn bar(svg: &mut Svg, figure: &Figure, y: f64, longest: f64) {
    let class = match figure.role {
        Role::Ours => "ours",
        Role::Peer => "peer",
        Role::Floor => "floor",
    };
    let room = WIDTH - NAMES - FIGURE;
    let width = (figure.median / longest * room).max(1.5);
    let middle = y + BAR - 3.5;
    svg.text("", "end", NAMES - 8.0, middle, &figure.contender);
    svg.bar(class, NAMES, y, width, BAR);
    let mut text = amount(figure.median, figure.unit);
    if let Some(share) = figure.delivered.filter(|_| !figure.is_whole()) {
        text += &format!(", {:.0} % arrive", share * 100.0);
    }
    svg.text("small", "start", NAMES + width + 7.0, middle, &text);
}
