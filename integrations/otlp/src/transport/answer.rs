//! The text that a receiver sends with a refusal.

/// The most characters of a message that a warning repeats.
const SHOWN: usize = 200;

/// The beginning of a text of the receiver, on one line. The receiver may send anything.
pub(crate) fn shown(text: &str) -> String {
    let one_line = text.chars().map(|c| if c.is_control() { ' ' } else { c });
    let shown: String = one_line.take(SHOWN).collect();
    shown.trim().to_owned()
}
