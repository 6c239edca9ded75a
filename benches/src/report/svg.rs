//! A writer of SVG with colours for light and dark pages.

use std::fmt::{Display, Write as _};

/// A drawing to which elements are added.
pub(super) struct Svg {
    width: f64,
    elements: String,
}

/// Colours by class, with a second set for dark pages.
const STYLE: &str = "\
text{font:13px system-ui,-apple-system,'Segoe UI',Helvetica,Arial,sans-serif;fill:#1f2328}\
.title{font-size:15px;font-weight:600}.head{font-weight:600}.small{font-size:12px;fill:#59636e}\
.ours{fill:#0a6cd6}.peer{fill:#a8b1bb}.floor{fill:#d4d9df}\
.grid{stroke:#d1d9e0;stroke-width:1}.log{stroke:#8b949e;stroke-width:1.5;stroke-dasharray:5 4;fill:none}\
.line0{stroke:#0a6cd6}.line1{stroke:#c2410c}.line2{stroke:#15803d}\
.line0,.line1,.line2{stroke-width:2.2;fill:none}\
.dot0{fill:#0a6cd6}.dot1{fill:#c2410c}.dot2{fill:#15803d}\
@media(prefers-color-scheme:dark){text{fill:#f0f6fc}.small{fill:#9198a1}\
.ours{fill:#4ea1ff}.peer{fill:#656c76}.floor{fill:#3d444d}.grid{stroke:#3d444d}\
.line0{stroke:#4ea1ff}.line1{stroke:#ff9a5c}.line2{stroke:#4ade80}\
.dot0{fill:#4ea1ff}.dot1{fill:#ff9a5c}.dot2{fill:#4ade80}}";

impl Svg {
    pub(super) fn new(width: f64) -> Self {
        let elements = String::new();
        Self { width, elements }
    }

    /// Adds a bar with its upper left corner at `x` and `y`.
    pub(super) fn bar(&mut self, class: &str, x: f64, y: f64, width: f64, height: f64) {
        self.push(format_args!(
            "<rect class=\"{class}\" x=\"{x:.1}\" y=\"{y:.1}\" width=\"{width:.1}\" \
             height=\"{height:.1}\" rx=\"2\"/>"
        ));
    }

    /// Adds text at `x` and the baseline `y`, aligned by `anchor`.
    pub(super) fn text(&mut self, class: &str, anchor: &str, x: f64, y: f64, text: &str) {
        let text = escaped(text);
        self.push(format_args!(
            "<text class=\"{class}\" text-anchor=\"{anchor}\" x=\"{x:.1}\" y=\"{y:.1}\">{text}</text>"
        ));
    }

    /// Adds a line through the points.
    pub(super) fn line(&mut self, class: &str, points: &[(f64, f64)]) {
        let points: Vec<_> = points
            .iter()
            .map(|(x, y)| format!("{x:.1},{y:.1}"))
            .collect();
        let points = points.join(" ");
        self.push(format_args!(
            "<polyline class=\"{class}\" points=\"{points}\"/>"
        ));
    }

    /// Adds a dot.
    pub(super) fn dot(&mut self, class: &str, x: f64, y: f64) {
        self.push(format_args!(
            "<circle class=\"{class}\" cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"3\"/>"
        ));
    }

    fn push(&mut self, element: impl Display) {
        // Writing to a string cannot fail.
        let _ = writeln!(self.elements, "{element}");
    }

    /// Returns the document; `title` is for screen readers.
    pub(super) fn finish(self, height: f64, title: &str) -> String {
        let Self { width, elements } = self;
        let title = escaped(title);
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width:.0} {height:.0}\" \
             width=\"{width:.0}\" height=\"{height:.0}\" role=\"img\">\n\
             <title>{title}</title>\n<style>{STYLE}</style>\n{elements}</svg>\n"
        )
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_with_markup_characters_is_escaped() {
        let mut svg = Svg::new(10.0);
        svg.text("head", "start", 0.0, 0.0, "Arc<str> & more");
        assert!(
            svg.finish(10.0, "a < b")
                .contains(">Arc&lt;str&gt; &amp; more</text>")
        );
    }
}
