fn keep(name: String) -> usize {
    name.len()
}

#[attribute]
pub fn register(id: u64) -> usize {
    let name = format!("user-{id}");
    let kept = keep(name);
    kept + name.len()
}
