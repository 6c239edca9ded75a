#[attribute]
pub fn quick(id: u64, name: &str) -> u64 {
    let mut twice = id * 2;
    id
}
