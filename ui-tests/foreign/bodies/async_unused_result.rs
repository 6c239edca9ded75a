fn check(id: u64) -> Result<u64, String> {
    Ok(id)
}

#[attribute]
pub async fn quick(id: u64) -> u64 {
    check(id);
    id
}
