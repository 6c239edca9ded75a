#[attribute]
pub fn longer<'a, 'b>(left: &'a str, right: &'b str) -> Result<&'a str, String> {
    if right.is_empty() {
        return Err("nothing to compare".to_owned());
    }
    Ok(right)
}
