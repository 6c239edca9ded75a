#[attribute]
pub async fn count_down(left: u64) -> u64 {
    while left > 0 {
        left -= 1;
    }
    left
}
