#[attribute]
pub async fn collect(count: u64) -> Vec<u64> {
    let list = Vec::new();
    for n in 0..count {
        list.push(n);
    }
    list
}
