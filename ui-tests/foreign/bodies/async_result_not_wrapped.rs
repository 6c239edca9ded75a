#[attribute]
pub async fn parse(text: &str) -> Result<u8, std::num::ParseIntError> {
    let number: u8 = text.parse()?;
    number
}
