//! A bar that shows a share of a whole, drawn by the server.

use maud::{Markup, html};

/// The width of the drawing, in its own units.
const WIDTH: u128 = 1_000;

/// A bar as wide as the whole, filled up to the part. The text beside the bar says the same.
pub(in crate::pages) fn share_bar(part: u128, whole: u128) -> Markup {
    let filled = part.min(whole) * WIDTH / whole.max(1);
    let filled = if part > 0 { filled.max(1) } else { 0 };
    html! {
        svg.bar viewBox="0 0 1000 10" preserveAspectRatio="none" aria-hidden="true" {
            rect.share-track x="0" y="0" width=(WIDTH) height="10" {}
            rect.share x="0" y="0" width=(filled) height="10" {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bar_is_filled_by_its_share() {
        for (part, whole, width) in [
            (1, 4, 250),
            (0, 4, 0),
            (1, 1 << 90, 1),
            (3, 3, 1_000),
            (1, 0, 1),
        ] {
            let bar = share_bar(part, whole).into_string();
            let filled = format!(r#"<rect class="share" x="0" y="0" width="{width}""#);
            assert!(bar.contains(&filled), "{bar}");
        }
    }
}
