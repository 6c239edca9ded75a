#[attribute]
pub async fn longer<'a, 'b>(left: &'a str, right: &'b str) -> &'a str {
    if left.len() > right.len() { left } else { right }
}
