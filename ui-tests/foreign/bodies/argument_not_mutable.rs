#[attribute]
pub fn drain(queue: Vec<u64>) -> Result<u64, String> {
    queue.pop().ok_or("empty".to_owned())
}
