async fn load(id: u64) -> String {
    id.to_string()
}

#[attribute]
pub async fn again(id: u64) -> String {
    load(id)
}
