#[attribute]
pub async fn lengths(words: Vec<String>) -> usize {
    let total = move || words.iter().map(String::len).sum::<usize>();
    total() + words.len()
}
