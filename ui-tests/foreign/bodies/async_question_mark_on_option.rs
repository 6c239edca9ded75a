#[attribute]
pub async fn first(list: &[u8]) -> Result<u8, String> {
    let first = list.first()?;
    Ok(*first)
}
