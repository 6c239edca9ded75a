#[attribute]
pub async fn last(words: Vec<String>) -> usize {
    let longest;
    {
        let copy = words.clone();
        longest = copy.iter().max();
    }
    longest.map_or(0, String::len)
}
