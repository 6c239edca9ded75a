#[attribute]
pub async fn log(line: &str) {
    line.len()
}
