#[attribute]
pub async fn title(name: &str) -> &str {
    let upper = name.to_uppercase();
    upper.as_str()
}
