#[attribute]
pub fn parse(text: &str) -> bool {
    let parsed = text.parse();
    parsed.is_ok()
}
