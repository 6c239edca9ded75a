#[attribute]
pub fn count() -> u32 {}
