#[derive(Debug)]
pub struct Failed;

impl std::fmt::Display for Failed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("failed")
    }
}

#[attribute]
pub fn parse(text: &str) -> Result<u8, Failed> {
    let number: u8 = text.parse()?;
    Ok(number)
}
