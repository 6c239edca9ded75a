#[attribute]
pub async fn show<T>(value: T) -> String {
    format!("{value}")
}
