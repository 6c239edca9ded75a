#[attribute]
pub async fn count() -> u32 {}
