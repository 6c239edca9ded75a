async fn load(id: u64) -> String {
    id.to_string()
}

#[attribute]
pub async fn length(id: u64) -> usize {
    load(id).len()
}
