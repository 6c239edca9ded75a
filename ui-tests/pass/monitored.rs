//! `#[whose::monitor]` on every shape of function that has one end.
#![deny(warnings)]
use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use async_trait::async_trait;

const NAME: &str = "constant";

#[whose::monitor(NAME, every = Duration::from_secs(60))]
fn constant() {}

#[whose::monitor("name", max = every)]
fn argument_named_as_a_key(every: Duration) -> Duration {
    every
}

#[whose::with_user(max)]
fn key_of_a_job_is_an_argument_elsewhere(max: &str) -> Option<String> {
    let _ = max;
    whose::current().user_id().map(String::from)
}

#[whose::monitor("track")]
#[track_caller]
fn track() -> Result<u32, String> {
    Ok(std::panic::Location::caller().line())
}

#[whose::monitor(format!("job-{}", job.0), every = "1h", max = "10m")]
fn borrows<'a>(job: &'a mut (u8, Vec<u8>)) -> Result<&'a mut Vec<u8>, std::fmt::Error> {
    if job.0 == 0 {
        return Err(std::fmt::Error);
    }
    Ok(&mut job.1)
}

#[whose::monitor("closure")]
fn closure() -> impl Fn(u8) -> u8 {
    |n| n + 1
}

#[whose::monitor("opaque")]
fn opaque() -> Result<impl Iterator<Item = u8>, String> {
    Ok([1, 2].into_iter())
}

#[whose::monitor("never")]
async fn never() -> ! {
    std::future::pending().await
}

#[whose::monitor("generic")]
async fn generic<T: Send, E>(result: Result<T, E>) -> Result<T, E>
where
    E: Send,
{
    Ok(result?)
}

#[whose::monitor("boxed")]
fn boxed<'a, T: Clone + Send + Sync>(value: &'a T) -> Pin<Box<dyn Future<Output = T> + Send + 'a>> {
    Box::pin(async move { value.clone() })
}

#[whose::monitor("unpinned")]
fn unpinned() -> Box<dyn Future<Output = u8> + Unpin> {
    Box::new(std::future::ready(1))
}

#[async_trait]
trait Job: Send + Sync {
    fn name(&self) -> String;

    #[whose::monitor(self.name(), every = "1d")]
    async fn run(&self, times: usize) -> Result<usize, String> {
        tokio::task::yield_now().await;
        if times == 0 {
            return Err(self.name());
        }
        Ok(times)
    }
}

struct Nightly;

#[async_trait]
impl Job for Nightly {
    fn name(&self) -> String {
        "nightly".to_owned()
    }
}

fn is_send<T: Send>(future: T) -> T {
    future
}

mod macros {
    macro_rules! job {
        ($name:ident, $title:literal, $every:literal) => {
            #[whose::monitor($title, every = $every)]
            pub(crate) fn $name() {}
        };
    }
    job!(made, "made", "1d");
}

mod entry_point {
    #[tokio::main(flavor = "current_thread")]
    #[whose::monitor("main")]
    pub(crate) async fn run() -> Result<(), String> {
        Err("no disk".to_owned())
    }
}

fn statuses(rec: &whose::testing::Recorder) -> Vec<&'static str> {
    let events = rec.events();
    let status = |event: &whose::Record| event.check_in().map(|one| one.status.as_str());
    events.iter().filter_map(status).collect()
}

fn main() {
    let rec = whose::testing::Recorder::start();
    constant();
    argument_named_as_a_key(Duration::from_secs(3_600));
    let line = track().unwrap();
    assert_eq!(line, line!() - 1);
    borrows(&mut (1, vec![1])).unwrap().push(2);
    assert_eq!(closure()(1), 2);
    assert_eq!(opaque().unwrap().sum::<u8>(), 3);
    macros::made();
    assert_eq!(statuses(&rec), ["started", "ok"].repeat(7));
    assert_eq!(key_of_a_job_is_an_argument_elsewhere("alice").as_deref(), Some("alice"));

    let rec = whose::testing::Recorder::start();
    assert!(borrows(&mut (0, vec![])).is_err());
    assert!(entry_point::run().is_err());
    assert_eq!(statuses(&rec), ["started", "failed"].repeat(2));

    let rec = whose::testing::Recorder::start();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(async {
        drop(is_send(never()));
        assert!(is_send(generic::<u8, &str>(Err("no disk"))).await.is_err());
        assert_eq!(is_send(boxed(&1)).await, 1);
        assert_eq!(unpinned().await, 1);
        assert_eq!(is_send(Nightly.run(1)).await, Ok(1));
        assert_eq!(Nightly.run(0).await, Err("nightly".to_owned()));
    });
    assert_eq!(
        statuses(&rec),
        ["started", "failed", "started", "ok", "started", "ok", "started", "ok", "started", "failed"]
    );
}
