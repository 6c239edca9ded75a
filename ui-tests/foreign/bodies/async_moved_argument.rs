async fn store(rows: Vec<u64>) -> bool {
    rows.is_empty()
}

#[attribute]
pub async fn import(rows: Vec<u64>) -> usize {
    if store(rows).await {
        return 0;
    }
    rows.len()
}
