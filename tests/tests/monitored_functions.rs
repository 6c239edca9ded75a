//! `#[whose::monitor]` makes one run of each call, in every shape of function.

use std::fmt;
use std::future::{Future, pending};
use std::pin::Pin;
use std::time::Duration;

use whose::Record;
use whose::testing::Recorder;

const NAME: &str = "constant";
const HOUR: Duration = Duration::from_secs(3_600);

/// The monitor, the status and the error of the last check-in; the first one is a start.
fn end(rec: &Recorder) -> (String, &'static str, Option<String>) {
    let events = rec.events();
    let check_ins: Vec<_> = events.iter().filter_map(Record::check_in).collect();
    assert_eq!(check_ins.len(), 2, "{check_ins:?}");
    assert_eq!(check_ins[0].status.as_str(), "started");
    assert_eq!(check_ins[0].run, check_ins[1].run);
    let end = check_ins[1];
    (
        end.monitor.to_owned(),
        end.status.as_str(),
        end.error.map(str::to_owned),
    )
}

fn ok(name: &str) -> (String, &'static str, Option<String>) {
    (name.to_owned(), "ok", None)
}

fn failed(name: &str, error: &str) -> (String, &'static str, Option<String>) {
    (name.to_owned(), "failed", Some(error.to_owned()))
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    runtime.unwrap().block_on(future)
}

#[whose::monitor("sync", every = "1d", max = "10m")]
fn sync(rows: &mut Vec<u8>) -> usize {
    rows.push(1);
    rows.len()
}

#[whose::monitor(NAME, every = HOUR, max = HOUR * 2)]
fn parses(text: &str) -> Result<u8, std::num::ParseIntError> {
    let parsed = text.parse()?;
    Ok(parsed)
}

#[whose::monitor(name = format!("import-{table}"))]
async fn awaits(table: &str, ends: bool) -> Result<u8, Opaque> {
    tokio::task::yield_now().await;
    if !ends {
        return Err(Opaque);
    }
    Ok(1)
}

/// An error with neither `Display` nor `Debug`.
struct Opaque;

type Fallible = Result<(), Shown>;

#[derive(Debug)]
struct Shown;

#[whose::monitor(%address)]
fn displayed(address: std::net::SocketAddr) -> u16 {
    address.port()
}

#[whose::monitor("alias")]
fn alias() -> Fallible {
    Err(Shown)
}

#[test]
fn settings_of_the_attribute_are_those_of_the_check_ins() {
    let rec = Recorder::start();
    assert_eq!(sync(&mut vec![0]), 2);
    assert_eq!(end(&rec), ok("sync"));
    let check_in = rec.events()[1].clone();
    let check_in = check_in.check_in().unwrap();
    assert_eq!(check_in.every, Some(Duration::from_secs(86_400)));
    assert_eq!(check_in.max, Some(Duration::from_secs(600)));

    let rec = Recorder::start();
    assert!(parses("7").is_ok());
    let event = &rec.events()[1];
    assert_eq!(event.check_in().unwrap().every, Some(HOUR));
    assert_eq!(event.check_in().unwrap().max, Some(HOUR * 2));
    assert!(
        event
            .call_site()
            .unwrap()
            .file
            .ends_with("monitored_functions.rs")
    );
}

#[test]
fn sigil_takes_a_name_by_its_display() {
    let rec = Recorder::start();
    displayed(([127, 0, 0, 1], 80).into());
    assert_eq!(end(&rec), ok("127.0.0.1:80"));
}

#[test]
fn err_is_failed_whatever_the_error_can_print() {
    let rec = Recorder::start();
    assert!(parses("x").is_err());
    assert_eq!(end(&rec), failed(NAME, "invalid digit found in string"));

    let rec = Recorder::start();
    assert!(alias().is_err());
    assert_eq!(end(&rec), failed("alias", "Shown"));

    let rec = Recorder::start();
    assert!(block_on(awaits("users", false)).is_err());
    assert_eq!(
        end(&rec),
        failed("import-users", "monitored_functions::Opaque")
    );
    let rec = Recorder::start();
    assert!(block_on(awaits("users", true)).is_ok());
    assert_eq!(end(&rec), ok("import-users"));
}

#[whose::monitor("generic")]
fn generic<T, E: fmt::Display>(result: Result<T, E>) -> Result<T, E> {
    result
}

#[whose::monitor("unknown")]
fn unknown<T>(value: T) -> T {
    value
}

#[test]
fn generic_result_is_failed_and_a_type_parameter_never_fails() {
    let rec = Recorder::start();
    assert!(generic::<u8, _>(Err("no disk")).is_err());
    assert_eq!(end(&rec), failed("generic", "no disk"));

    let rec = Recorder::start();
    assert!(unknown(Err::<u8, u8>(1)).is_err());
    assert_eq!(end(&rec), ok("unknown"));
}

struct Job {
    name: &'static str,
}

impl Job {
    #[whose::monitor(self.name, every = "1h")]
    async fn run(&self, fails: bool) -> Result<(), String> {
        tokio::task::yield_now().await;
        match fails {
            true => Err("no disk".to_owned()),
            false => Ok(()),
        }
    }

    #[whose::monitor(self.name)]
    fn boxed<'a>(
        &'a self,
        fails: bool,
    ) -> Pin<Box<dyn Future<Output = Result<&'a str, String>> + Send + 'a>> {
        if fails {
            return Box::pin(async { Err("early".to_owned()) });
        }
        Box::pin(async move { Ok(self.name) })
    }

    #[whose::monitor(self.name)]
    fn elsewhere(&self) -> impl Future<Output = Result<u8, String>> + use<> {
        std::future::ready(Err("elsewhere".to_owned()))
    }
}

#[test]
fn methods_and_returned_futures_end_with_their_output() {
    let job = Job { name: "job" };
    for (fails, expected) in [(true, failed("job", "no disk")), (false, ok("job"))] {
        let rec = Recorder::start();
        assert_eq!(block_on(job.run(fails)).is_err(), fails);
        assert_eq!(end(&rec), expected);
    }
    for (fails, expected) in [(true, failed("job", "early")), (false, ok("job"))] {
        let rec = Recorder::start();
        assert_eq!(block_on(job.boxed(fails)).is_err(), fails);
        assert_eq!(end(&rec), expected);
    }
    let rec = Recorder::start();
    assert!(block_on(job.elsewhere()).is_err());
    assert_eq!(end(&rec), failed("job", "elsewhere"));
}

#[whose::monitor("forever")]
async fn forever() {
    pending::<()>().await;
}

#[whose::monitor("panics")]
fn panics() -> u8 {
    panic!("no disk")
}

#[test]
fn cancelled_call_and_panic_are_failed() {
    let rec = Recorder::start();
    block_on(async {
        let timeout = tokio::time::timeout(Duration::from_millis(1), forever());
        assert!(timeout.await.is_err());
    });
    assert_eq!(end(&rec), failed("forever", "dropped before it ended"));

    let rec = Recorder::start();
    assert!(std::panic::catch_unwind(panics).is_err());
    assert_eq!(end(&rec), failed("panics", "panicked"));
}

#[whose::monitor("above")]
#[whose::with_user(user)]
#[whose::trace(name = "above")]
async fn above(user: &str) -> Result<(), String> {
    Err(format!("no disk for {user}"))
}

#[whose::trace(name = "below", err)]
#[whose::with_user(user)]
#[whose::monitor("below")]
async fn below(user: &str) -> Result<(), String> {
    Err(format!("no disk for {user}"))
}

#[whose::monitor("sync-above")]
#[whose::trace(user_id = user, err)]
fn sync_above(user: &str) -> Result<(), String> {
    Err(format!("no disk for {user}"))
}

#[whose::trace(user_id = user, err)]
#[whose::monitor("sync-below")]
fn sync_below(user: &str) -> Result<(), String> {
    Err(format!("no disk for {user}"))
}

#[test]
fn attributes_beside_give_the_check_ins_their_user_if_they_stand_below() {
    let users = |rec: &Recorder| {
        let events = rec.events();
        let users = events.iter().map(|event| event.user_id().map(String::from));
        users.collect::<Vec<_>>()
    };
    let alice = || Some("alice".to_owned());
    let rec = Recorder::start();
    assert!(block_on(above("alice")).is_err());
    assert_eq!(end(&rec), failed("above", "no disk for alice"));
    assert_eq!(users(&rec), [alice(), alice()]);
    assert_eq!(rec.events()[0].span_id(), rec.span("above").span_id());

    let rec = Recorder::start();
    assert!(block_on(below("alice")).is_err());
    assert_eq!(end(&rec), failed("below", "no disk for alice"));
    assert_eq!(users(&rec), [None, None]);

    let rec = Recorder::start();
    assert!(sync_above("alice").is_err());
    assert_eq!(users(&rec), [alice(), alice()]);

    let rec = Recorder::start();
    assert!(sync_below("alice").is_err());
    assert_eq!(users(&rec), [None, None]);
    assert_eq!(end(&rec), failed("sync-below", "no disk for alice"));
}
