//! The attributes do not change whether a future is `Send`, `Sync` and `'static`.
use std::cell::Cell;
use std::future::Future;
use std::rc::Rc;
use std::sync::{Arc, Mutex, MutexGuard};
use whose::{AsId, with_session, with_user};

fn user() -> Option<String> {
    whose::current().user_id().map(String::from)
}

fn send<T: Send>(value: T) -> T {
    value
}

fn send_and_static<T: Send + 'static>(value: T) -> T {
    value
}

fn sync<T: Sync>(value: T) -> T {
    value
}

struct Agent {
    name: String,
    calls: Mutex<u8>,
}

impl Agent {
    #[whose::trace(user = self.name, input, output)]
    async fn by_ref(&self, n: u8) -> Option<String> {
        *self.calls.lock().unwrap() += n;
        tokio::task::yield_now().await;
        user()
    }

    #[with_user(self.name)]
    async fn by_arc(self: Arc<Self>) -> Option<String> {
        tokio::task::yield_now().await;
        user()
    }

    // Only the expression holds the lock.
    #[with_session(*self.calls.lock().unwrap(), user = *Rc::new(self.name.clone()))]
    async fn locked_by_the_expression(&self) -> (u8, Option<String>) {
        tokio::task::yield_now().await;
        (*self.calls.lock().unwrap(), user())
    }

    #[with_user(self.name)]
    fn lends(&self) -> MutexGuard<'_, u8> {
        assert_eq!(user().as_ref(), Some(&self.name));
        self.calls.lock().unwrap()
    }
}

trait Tool {
    fn run(&self, text: String) -> impl Future<Output = (usize, Option<String>)> + Send;
}

impl Tool for Agent {
    #[whose::trace(user = self.name, fields(size = text.len()), input, parent = None, output)]
    async fn run(&self, text: String) -> (usize, Option<String>) {
        tokio::task::yield_now().await;
        (text.len(), user())
    }
}

#[whose::trace(user_id, err, output)]
async fn generic<T: std::fmt::Debug + AsId + Send>(user_id: T) -> Result<T, String> {
    tokio::task::yield_now().await;
    Ok(user_id)
}

#[whose::trace(user_id, level = debug, identify)]
async fn is_sync(user_id: u8) -> u8 {
    std::future::ready(()).await;
    user_id
}

// Not `Send`, as without the attribute. `LocalSet` and `spawn_local` accept the future.
#[with_user(shared.get())]
async fn not_send(shared: Rc<Cell<u8>>) -> Option<String> {
    shared.set(shared.get() + 1);
    tokio::task::yield_now().await;
    user().filter(|_| shared.get() == 2)
}

#[with_user("alice")]
fn spawned<T: Send + 'static>(run: impl FnOnce() -> T + Send + 'static) -> T {
    std::thread::spawn(run).join().unwrap()
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let alice = || Some("alice".to_owned());
    let agent = Arc::new(Agent { name: "alice".into(), calls: Mutex::new(0) });
    assert_eq!(send(agent.by_ref(1)).await, alice());
    let task = tokio::spawn(send_and_static(Arc::clone(&agent).by_arc()));
    assert_eq!(task.await.unwrap(), alice());
    assert_eq!(send(agent.locked_by_the_expression()).await, (1, alice()));
    *agent.lends() += 1;
    assert_eq!(*agent.lends(), 2);
    assert_eq!(send(agent.run("ab".into())).await, (2, alice()));
    assert_eq!(tokio::spawn(generic(7)).await.unwrap(), Ok(7));
    assert_eq!(send(generic(&"text")).await, Ok(&"text"));
    assert_eq!(send(sync(is_sync(3))).await, 3);
    let local = tokio::task::LocalSet::new();
    let task = local.spawn_local(not_send(Rc::new(Cell::new(1))));
    local.await;
    assert_eq!(task.await.unwrap().as_deref(), Some("1"));
    assert_eq!(spawned(user), None);
    assert_eq!(user(), None);
}
