#[attribute]
pub async fn choose(first: bool) -> u8 {
    let chosen;
    if first {
        chosen = 2;
    }
    chosen
}
