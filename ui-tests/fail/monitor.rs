// Each mistake of `#[whose::monitor]` is reported at its place.
use std::future::Future;
use std::time::Duration;

#[whose::monitor]
fn no_name() {}

#[whose::monitor(every = "1d")]
fn no_name_beside_a_key() {}

#[whose::monitor("")]
fn empty_name() {}

#[whose::monitor("job", every = "1 day", max = "10")]
fn no_durations() {}

#[whose::monitor("job", every = "0s")]
fn zero() {}

#[whose::monitor("job", every = "99999999999w")]
fn too_long() {}

#[whose::monitor("job", every = 60)]
fn number() {}

#[whose::monitor("job", max = Duration::from_secs(60).as_secs())]
fn no_duration_expression() {}

#[whose::monitor("job", evry = "1d")]
fn misspelled() {}

#[whose::monitor("job", user = "alice", kind = tool, carried)]
fn keys_of_others() {}

#[whose::monitor("job", "1d")]
fn second_expression() {}

#[whose::monitor(?job)]
fn sigil(job: u8) {}

#[whose::monitor(nightly)]
fn no_argument(job: u8) {}

#[whose::monitor("job")]
fn stream() -> impl futures_core::Stream<Item = u8> {
    Never
}

#[whose::monitor("job")]
fn in_a_result() -> Result<impl Future<Output = ()>, String> {
    Ok(async {})
}

#[whose::monitor("job")]
async fn leaves_a_future() -> impl Future<Output = ()> {
    async {}
}

#[whose::monitor("job")]
fn several() -> Vec<Box<dyn Future<Output = ()>>> {
    Vec::new()
}

struct Jobs;

#[whose::monitor("job")]
impl Jobs {
    fn a(&self) {}
}

#[whose::monitor("job")]
struct NoFunction;

#[whose::monitor("job")]
const fn at_compile_time() {}

struct NoText;

#[whose::monitor(name = NoText)]
fn no_text() {}

#[whose::monitor("first", name = "second")]
fn two_names() {}

#[whose::with_user("alice", every = "1d")]
fn no_job() {}

fn main() {}
