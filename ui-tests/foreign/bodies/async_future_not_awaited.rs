async fn save(id: u64) -> bool {
    id > 0
}

#[attribute]
pub async fn quick(id: u64) -> u64 {
    save(id);
    id
}
