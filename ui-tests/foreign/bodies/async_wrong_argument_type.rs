async fn load(id: u64) -> String {
    id.to_string()
}

#[attribute]
pub async fn length(id: &str) -> usize {
    load(id).await.len()
}
