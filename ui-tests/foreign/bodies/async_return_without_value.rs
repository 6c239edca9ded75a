#[attribute]
pub async fn first(list: &[u32]) -> u32 {
    if list.is_empty() {
        return;
    }
    list[0]
}
