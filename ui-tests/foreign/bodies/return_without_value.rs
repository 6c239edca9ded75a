#[attribute]
pub fn first(list: &[u32]) -> Result<u32, String> {
    if list.is_empty() {
        return;
    }
    Ok(list[0])
}
