#[attribute]
pub fn title(name: &str) -> &str {
    let upper = name.to_uppercase();
    &upper
}
