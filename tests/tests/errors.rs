//! Captured, reported and logged errors all become error records with the current user.

use std::error::Error;
use std::fmt;

use tracing::Level;
use whose::testing::Recorder;
use whose::{Record, RecordType, ResultExt, Source, Status, User};

/// An error with a cause.
#[derive(Debug)]
struct Refused(std::io::Error);

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("payment refused")
    }
}

impl Error for Refused {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&self.0)
    }
}

fn refused() -> Refused {
    Refused(std::io::Error::other("connection reset"))
}

#[whose::trace(err)]
fn by_trace() -> Result<(), Refused> {
    Err(refused())
}

fn causes(record: &Record) -> Vec<&str> {
    record.causes().collect()
}

#[test]
fn every_error_source_makes_an_error_record() {
    let rec = Recorder::start();
    let error = refused();
    whose::user("alice").session("s-1").in_scope(|| {
        whose::capture_error(&error);
        assert!(by_trace().is_err());
        assert!(Err::<(), _>(refused()).capture_err().is_err());
        tracing::error!(error = &error as &dyn Error, "cannot pay");
        tracing::error!(error = %error);
    });
    let errors = rec.errors();
    assert_eq!(errors.len(), 5);
    assert!(rec.events().is_empty());
    for error in &errors {
        assert_eq!(error.record_type(), RecordType::Error);
        assert_eq!(error.message(), Some("payment refused"));
        assert_eq!(error.status(), Status::Error);
        assert_eq!(error.level(), Level::ERROR);
        assert_eq!(
            (error.user_id(), error.session_id()),
            (Some("alice"), Some("s-1"))
        );
        assert!(error.fingerprint().is_some());
        assert!(error.call_site().unwrap().file.ends_with("errors.rs"));
        assert_eq!(
            error.backtrace(),
            None,
            "no backtrace is captured by default"
        );
    }
    for error in &errors[..3] {
        assert_eq!(error.error_type(), Some("errors::Refused"));
        assert_eq!(causes(error), ["connection reset"]);
        assert_eq!(error.fingerprint(), errors[0].fingerprint());
    }
    // `dyn Error` hides the type. A text also hides the causes.
    assert_eq!(
        (errors[3].error_type(), causes(&errors[3])),
        (None, vec!["connection reset"])
    );
    assert_eq!(
        (errors[4].error_type(), errors[4].causes().count()),
        (None, 0)
    );
    assert_eq!(errors[3].fingerprint(), errors[4].fingerprint());
    assert_eq!(
        errors[3].field("message").unwrap(),
        &"cannot pay",
        "the log line is kept"
    );
}

#[test]
fn log_line_without_error_stays_event() {
    let rec = Recorder::start();
    tracing::error!("out of paper");
    tracing::error!(code = 5, "out of ink");
    tracing::warn!(error = %refused(), "tries again");
    tracing::error!(error = true, "a flag, not an error");
    assert!(rec.errors().is_empty());
    assert_eq!(rec.events().len(), 4);
    assert!(
        rec.events()
            .iter()
            .all(|event| event.fingerprint().is_none())
    );
}

#[test]
fn exception_of_opentelemetry_is_an_error_with_its_type() {
    let rec = Recorder::start();
    whose::user("alice").in_scope(|| {
        tracing::error!(
            exception.type = "payment::Refused",
            exception.message = "card 17 refused",
            exception.stacktrace = "at pay",
            "cannot pay"
        );
        tracing::error!(exception.type = "Timeout");
        // An error of the same event is more exact than the name of a type.
        let error = "x".parse::<u32>().unwrap_err();
        tracing::error!(exception.type = "other", error = &error as &dyn Error);
        tracing::warn!(exception.message = "tries again");
    });
    let errors = rec.errors();
    let told = |at: usize| (errors[at].message(), errors[at].error_type());
    assert_eq!(told(0), (Some("card 17 refused"), Some("payment::Refused")));
    assert_eq!(told(1), (Some("Timeout"), Some("Timeout")));
    let exact = "core::num::error::ParseIntError";
    assert_eq!(
        told(2),
        (Some("invalid digit found in string"), Some(exact))
    );
    assert_eq!(errors.len(), 3);
    assert_eq!(rec.events().len(), 1);
    assert_eq!(errors[0].user_id(), Some("alice"));
    assert_eq!(errors[0].field("message").unwrap(), &"cannot pay");
    assert_eq!(errors[0].field("exception.stacktrace").unwrap(), &"at pay");
}

#[test]
fn std_error_types_are_known_behind_dyn() {
    let rec = Recorder::start();
    let error = "x".parse::<u32>().unwrap_err();
    tracing::error!(err = &error as &dyn Error);
    let boxed: Box<dyn Error + Send + Sync> = error.clone().into();
    let _ = Err::<(), _>(boxed).capture_err();
    whose::capture_error(&error);
    let errors = rec.errors();
    for recorded in &errors {
        assert_eq!(
            recorded.error_type(),
            Some("core::num::error::ParseIntError")
        );
        assert_eq!(recorded.fingerprint(), errors[0].fingerprint());
    }
    assert_eq!(errors.len(), 3);
}

#[whose::trace(err)]
fn any(context: bool) -> anyhow::Result<()> {
    let error = anyhow::Error::new(refused());
    Err(if context {
        error.context("cannot check out")
    } else {
        error
    })
}

#[whose::trace(err)]
async fn report() -> eyre::Result<()> {
    Err(eyre::Report::new(refused()).wrap_err("cannot check out"))
}

#[tokio::test]
async fn anyhow_and_eyre_errors_keep_causes() {
    let rec = Recorder::start();
    assert!(any(false).capture_err().is_err());
    assert!(any(true).is_err());
    assert!(report().await.capture_err().is_err());
    let Err(error) = any(true) else {
        unreachable!()
    };
    whose::capture_error(&*error);
    let all = rec.errors();
    let messages_and_causes: Vec<_> = all
        .iter()
        .map(|error| (error.message().unwrap(), causes(error)))
        .collect();
    let plain = ("payment refused", vec!["connection reset"]);
    let wrapped = (
        "cannot check out",
        vec!["payment refused", "connection reset"],
    );
    assert_eq!(
        messages_and_causes,
        [
            plain.clone(),
            plain,
            wrapped.clone(),
            wrapped.clone(),
            wrapped.clone(),
            wrapped.clone(),
            wrapped,
        ]
    );
    assert!(
        all.iter().all(|error| error.error_type().is_none()),
        "these reports hide the type"
    );
}

#[whose::trace(err)]
fn boxed() -> Result<(), Box<dyn Error>> {
    Err(refused().into())
}

#[whose::trace(err)]
fn generic<E: Error>(error: E) -> Result<(), E> {
    Err(error)
}

#[whose::trace(err)]
fn only_display<E: fmt::Display>(error: E) -> Result<(), E> {
    Err(error)
}

#[whose::trace(err(Debug))]
fn only_debug() -> Result<(), Vec<u8>> {
    Err(vec![1, 2])
}

#[test]
fn traced_function_records_error_details_its_type_allows() {
    let rec = Recorder::start();
    assert!(boxed().is_err() && generic(refused()).is_err() && only_display(refused()).is_err());
    assert!(only_debug().is_err());
    let all = rec.errors();
    let types_and_causes: Vec<_> = all
        .iter()
        .map(|error| (error.error_type(), causes(error)))
        .collect();
    let reset = vec!["connection reset"];
    assert_eq!(
        types_and_causes,
        [
            (None, reset.clone()),
            (Some("errors::Refused"), reset),
            (Some("errors::Refused"), vec![]),
            (Some("alloc::vec::Vec<u8>"), vec![]),
        ]
    );
    assert_eq!(all[3].message(), Some("[1, 2]"));
}

#[test]
fn report_data_applies_to_one_record() {
    let rec = Recorder::start();
    let error = refused();
    let alice = User::new("alice").with_email("alice@example.com");
    whose::user(alice)
        .session("s-1")
        .tag("plan", "pro")
        .in_scope(|| {
            let report = || whose::error(&error);
            report()
                .user(User::new("alice").with_segment("vip"))
                .capture();
            report()
                .user(User::without_id().with_segment("vip").supplement())
                .capture();
            report()
                .user(User::new("bob").with_segment("vip"))
                .capture();
            report().user(None::<&str>).session(None::<&str>).capture();
            report()
                .session("s-2")
                .tag("plan", "free")
                .tag("gateway", "b")
                .capture();
            let attribution = whose::current();
            assert_eq!(
                (attribution.user_id(), attribution.session_id()),
                (Some("alice"), Some("s-1"))
            );
            assert_eq!(
                (attribution.tag("plan"), attribution.tag("gateway")),
                (Some("pro"), None)
            );
            assert_eq!(attribution.user().unwrap().segment(), None);
        });
    let errors = rec.errors();
    let user = |index: usize| {
        let user = errors[index].user().unwrap();
        (
            user.id(),
            user.email(),
            user.segment(),
            errors[index].user_source(),
        )
    };
    let email = Some("alice@example.com");
    let explicit = Some(Source::Explicit);
    assert_eq!(
        user(0),
        (Some("alice"), email, Some("vip"), explicit),
        "the same id supplements"
    );
    assert_eq!(
        user(1),
        (Some("alice"), email, Some("vip"), explicit),
        "a marked supplement supplements"
    );
    assert_eq!(
        user(2),
        (Some("bob"), None, Some("vip"), explicit),
        "another id replaces the whole user"
    );
    assert_eq!(
        user(3),
        (Some("alice"), email, None, Some(Source::Scope)),
        "`None` has no effect"
    );
    assert!(
        (0..4).all(|index| errors[index].session_id() == Some("s-1")),
        "a user does not change the session"
    );
    assert_eq!(errors[4].user_id(), Some("alice"));
    assert_eq!(errors[4].session_id(), Some("s-2"));
    assert_eq!(
        (errors[4].tag("plan"), errors[4].tag("gateway")),
        (Some("free"), Some("b"))
    );
}

#[test]
fn message_is_an_untyped_error_with_given_level() {
    let rec = Recorder::start();
    whose::capture_message("no lines");
    whose::message(format_args!("{} lines", 2))
        .level(Level::WARN)
        .user("alice")
        .capture();
    let errors = rec.errors();
    assert_eq!(
        (errors[0].message(), errors[0].error_type()),
        (Some("no lines"), None)
    );
    assert_eq!(
        (errors[0].level(), errors[0].status()),
        (Level::ERROR, Status::Error)
    );
    assert_eq!(
        (errors[1].message(), errors[1].level()),
        (Some("2 lines"), Level::WARN)
    );
    assert_eq!(errors[1].user_id(), Some("alice"));
    assert!(errors[0].call_site().unwrap().line < errors[1].call_site().unwrap().line);
}

#[test]
fn similar_errors_share_fingerprint_unless_key_is_set() {
    let rec = Recorder::start();
    for text in ["order 17 lost", "order 99 lost", "order 17 found"] {
        whose::capture_message(text);
    }
    whose::message("order 17 lost")
        .fingerprint("orders")
        .capture();
    whose::error(&refused()).fingerprint("orders").capture();
    whose::error(&refused()).fingerprint(None::<&str>).capture();
    let prints: Vec<_> = rec
        .errors()
        .iter()
        .map(|error| error.fingerprint().unwrap())
        .collect();
    assert_eq!(prints[0], prints[1]);
    assert_ne!(prints[0], prints[2]);
    assert_eq!(prints[3], prints[4]);
    assert!(prints[3] != prints[0] && prints[5] != prints[4]);
    assert_eq!(prints[0].to_string().len(), 32);
}

/// An error whose `Display` and `source` panic.
#[derive(Debug)]
struct Hostile;

impl fmt::Display for Hostile {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        panic!("`Display` panics")
    }
}

impl Error for Hostile {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        panic!("`source` panics")
    }
}

/// An error that is its own cause.
#[derive(Debug)]
struct Endless;

impl fmt::Display for Endless {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&"é".repeat(100_000))
    }
}

impl Error for Endless {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&Endless)
    }
}

#[whose::trace(err)]
fn fails<E: Error>(error: E) -> Result<(), E> {
    Err(error)
}

#[test]
fn hostile_error_loses_only_itself() {
    let rec = Recorder::start();
    whose::capture_error(&Hostile);
    assert!(fails(Hostile).is_err());
    tracing::error!(error = &Hostile as &dyn Error);
    whose::capture_error(&Endless);
    whose::capture_message("\0\u{202e}\u{1b}[2J");
    let errors = rec.errors();
    for error in &errors[..3] {
        assert!(error.message().unwrap().contains("panicked"));
        assert!(causes(error)[0].contains("panicked"));
    }
    assert!(errors[3].message().unwrap().len() <= whose::Limits::FIELD_BYTES);
    assert!(errors[3].causes().count() <= 32);
    assert_eq!(
        errors[4].message(),
        Some("\0\u{202e}\u{1b}[2J"),
        "the message is kept unchanged"
    );
}

#[test]
fn display_may_call_whose() {
    struct Nested;
    impl fmt::Display for Nested {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            whose::capture_message("from inside");
            write!(
                f,
                "seen by {}",
                whose::current().user_id().unwrap_or("nobody")
            )
        }
    }
    let rec = Recorder::start();
    whose::user("alice").in_scope(|| whose::capture_message(Nested));
    let all = rec.errors();
    let messages: Vec<_> = all.iter().filter_map(Record::message).collect();
    assert_eq!(messages, ["from inside", "seen by alice"]);
}

#[whose::trace(user_id = "carol", err)]
fn prepared(fail: bool) -> Result<impl Future<Output = ()>, Refused> {
    if fail { Err(refused()) } else { Ok(async {}) }
}

#[tokio::test]
async fn error_before_future_exists_belongs_to_span() {
    let rec = Recorder::start();
    whose::user("alice").in_scope(|| assert!(prepared(true).is_err()));
    prepared(false).unwrap().await;
    let errors = rec.errors();
    assert_eq!(errors.len(), 1);
    assert_eq!(errors[0].user_id(), Some("carol"));
    assert_eq!(errors[0].parent_id(), rec.spans()[0].span_id());
    assert!(errors[0].span_path().eq(["prepared"]));
}
