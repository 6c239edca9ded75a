#[attribute]
pub async fn name(kind: u8) -> &'static str {
    let name = match kind {
        0 => "zero",
        1 => 1,
        _ => "many",
    };
    name
}
