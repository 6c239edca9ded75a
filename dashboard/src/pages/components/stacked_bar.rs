//! A bar of parts, drawn by the server.

use maud::{Markup, html};

/// A part of a bar.
#[derive(Clone, Debug)]
pub(in crate::pages) struct BarPart {
    /// What the part counts.
    pub(in crate::pages) name: String,
    pub(in crate::pages) count: u64,
    /// The class of the stylesheet that gives the part its colour.
    pub(in crate::pages) class: &'static str,
}

/// The width of the drawing, in its own units.
const WIDTH: u64 = 1_000;

/// The parts side by side, each as wide as its share. The title of each part says its count.
pub(in crate::pages) fn stacked_bar(parts: &[BarPart]) -> Markup {
    let whole = parts.iter().map(|part| part.count).sum::<u64>().max(1);
    let mut end = 0;
    let mut total = 0;
    let mut rects = Vec::new();
    for part in parts.iter().filter(|part| part.count > 0) {
        let start = end;
        total += part.count;
        end = scaled(total, whole);
        rects.push((part, start, end.saturating_sub(start).max(1)));
    }
    html! {
        svg.bar viewBox="0 0 1000 10" preserveAspectRatio="none" role="img" aria-label=(text(parts)) {
            @for (part, start, width) in rects {
                rect class=(part.class) x=(start) y="0" width=(width) height="10" {
                    title { (part.name) ": " (part.count) }
                }
            }
        }
    }
}

/// The parts as a text: `scope 3, isolation 2`.
pub(in crate::pages) fn text(parts: &[BarPart]) -> String {
    let parts = parts.iter().filter(|part| part.count > 0);
    let parts = parts.map(|part| format!("{} {}", part.name, part.count));
    parts.collect::<Vec<_>>().join(", ")
}

fn scaled(part: u64, whole: u64) -> u64 {
    let scaled = u128::from(part) * u128::from(WIDTH) / u128::from(whole);
    u64::try_from(scaled).unwrap_or(WIDTH)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(name: &str, count: u64) -> BarPart {
        BarPart {
            name: name.to_owned(),
            count,
            class: "source-scope",
        }
    }

    #[test]
    fn parts_fill_the_bar_and_small_parts_stay_visible() {
        let bar = stacked_bar(&[part("scope", 3), part("none", 0), part("rest", 1)]).into_string();
        assert!(bar.contains(r#"x="0" y="0" width="750""#), "{bar}");
        assert!(bar.contains(r#"x="750" y="0" width="250""#), "{bar}");
        let bar = stacked_bar(&[part("one", 1), part("many", u64::MAX / 2)]).into_string();
        assert!(bar.contains(r#"width="1""#), "{bar}");
        assert!(stacked_bar(&[]).into_string().contains("svg"));
    }
}
