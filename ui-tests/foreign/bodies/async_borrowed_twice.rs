#[attribute]
pub async fn swap(mut list: Vec<u64>) -> u64 {
    let first = &mut list[0];
    let second = &mut list[1];
    std::mem::swap(first, second);
    list[0]
}
