//! The plot of times: one bar for each contender of a case.

use super::summary::{SUMMARY, SummaryRow, TO_THE_END, ranked};
use super::svg::Svg;
use crate::benchmark::Role;
use crate::results::{Figure, Results, amount};
use crate::rows::{pipelines, polls, reads, scopes, spans};

/// The cases in the plot.
const DRAWN: [(&str, &str); 6] = [
    (scopes::ROW, scopes::STR_18),
    (reads::ROW, reads::USER_ID),
    (polls::ROW, polls::PENDING),
    (spans::ROW, spans::COLLECTED_USER[0]),
    (spans::ROW, spans::COLLECTED_USER[2]),
    (pipelines::ROW, TO_THE_END),
];

const WIDTH: f64 = 760.0;
const NAMES: f64 = 270.0;
const BAR: f64 = 16.0;
const STEP: f64 = 21.0;
/// The space to the right of the longest bar, for its figure.
const FIGURE: f64 = 150.0;

/// Draws the plot.
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
        let Some(summary) = SUMMARY
            .iter()
            .find(|summary| (summary.row, summary.case) == (row, case))
        else {
            continue;
        };
        let figures = contenders(summary, results);
        let title = summary.title.replace('`', "");
        svg.text("head", "start", 16.0, y, &full_title(&title, row, case));
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

/// Returns the title without a reference to the row above, which the plot does not have.
fn full_title(title: &str, row: &str, case: &str) -> String {
    if (row, case) == (spans::ROW, spans::COLLECTED_USER[2]) {
        return "a span with a user, collected: async with 10 pending polls".into();
    }
    if row == pipelines::ROW {
        return "a span through the whole pipeline, until all have arrived".into();
    }
    title.into()
}

/// Returns the contenders of `whose`, then the peers from the fastest on, then the floors.
fn contenders<'a>(summary: &SummaryRow, results: &'a Results) -> Vec<&'a Figure> {
    // All pipelines: the name of a contender says where the pipeline ends.
    let figures = SummaryRow {
        is_comparable: |_| true,
        ..*summary
    }
    .figures(results);
    // The pipelines of `whose` end in different places. In other rows its fastest contender is enough.
    let ours = match summary.row {
        pipelines::ROW => ranked(&figures, Role::Ours),
        _ => summary.ours(&figures).into_iter().collect(),
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
    if let Some(share) = figure.delivered.filter(|_| !figure.is_complete()) {
        text += &format!(", {:.0} % arrive", share * 100.0);
    }
    svg.text("small", "start", NAMES + width + 7.0, middle, &text);
}
