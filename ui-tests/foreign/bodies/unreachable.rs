#[attribute]
pub fn stop(id: u64) -> u64 {
    return id;
    println!("stopped");
}
