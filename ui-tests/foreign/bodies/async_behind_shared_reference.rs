pub struct Counter {
    pub hits: u64,
}

#[attribute]
pub async fn hit(counter: &Counter) {
    counter.hits += 1;
}
