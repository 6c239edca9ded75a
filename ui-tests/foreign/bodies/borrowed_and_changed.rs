#[attribute]
pub fn grow(mut list: Vec<u64>) -> u64 {
    let first = &list[0];
    list.push(1);
    *first
}
