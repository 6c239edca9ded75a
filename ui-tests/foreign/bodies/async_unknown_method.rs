#[attribute]
pub async fn shout(text: &str) -> String {
    text.to_upper()
}
