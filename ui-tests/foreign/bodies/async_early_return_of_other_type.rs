#[attribute]
pub async fn find(list: &[u32], wanted: u32) -> Option<usize> {
    for (place, found) in list.iter().enumerate() {
        if *found == wanted {
            return place;
        }
    }
    None
}
