fn check(id: u64) -> Result<u64, String> {
    Ok(id)
}

#[attribute]
pub fn quick(id: u64) -> Result<u64, String> {
    check(id);
    Ok(id)
}
