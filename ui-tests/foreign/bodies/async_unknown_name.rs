#[attribute]
pub async fn greet(name: &str) -> String {
    format!("hello {nam}")
}
