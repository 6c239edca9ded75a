use std::rc::Rc;

fn spawn(future: impl Future<Output = usize> + Send) {
    drop(future);
}

async fn pause() {}

#[attribute]
pub async fn shared(name: String) -> usize {
    spawn(async move {
        let shared = Rc::new(name);
        pause().await;
        shared.len()
    });
    0
}
