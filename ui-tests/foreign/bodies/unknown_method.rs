#[attribute]
pub fn shout(text: &str) -> String {
    text.to_upper()
}
