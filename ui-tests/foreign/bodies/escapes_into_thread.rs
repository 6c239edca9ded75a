#[attribute]
pub fn spawn(name: &str) -> bool {
    let thread = std::thread::spawn(move || name.len());
    thread.join().is_ok()
}
