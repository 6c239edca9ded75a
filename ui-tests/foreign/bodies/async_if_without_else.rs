#[attribute]
pub async fn sign(number: i32) -> i32 {
    if number < 0 {
        -1
    }
}
