async fn keep(name: String) -> usize {
    name.len()
}

#[attribute]
pub async fn register(id: u64) -> usize {
    let name = format!("user-{id}");
    let kept = keep(name).await;
    kept + name.len()
}
