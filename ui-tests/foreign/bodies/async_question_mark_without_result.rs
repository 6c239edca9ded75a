#[attribute]
pub async fn parse(text: &str) {
    let number: u8 = text.parse()?;
    println!("{number}");
}
