//! A value whose code panics, fails, never ends or calls `whose` loses at most itself.

use std::error::Error;
use std::fmt;

use serde::ser::{SerializeSeq, Serializer};
use serde_json::Value as Json;
use tokio::runtime::Builder;
use tracing::field::Empty;
use tracing::{info, info_span};
use whose::testing::{Recorder, isolate_global};
use whose::{Breadcrumb, Record, Scope};

use crate::assert_bounded;

/// The code that formats a value.
type Format = fn(&mut dyn fmt::Write) -> fmt::Result;

/// A value that runs this code in `Display`, `Debug` and `Serialize`.
struct Hostile(Format);

impl fmt::Display for Hostile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0(f)
    }
}

impl fmt::Debug for Hostile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0(f)
    }
}

impl Error for Hostile {}

/// Writes each piece of text as an element of a sequence.
struct Pieces<'a, S: SerializeSeq>(&'a mut S, Option<S::Error>);

impl<S: SerializeSeq> fmt::Write for Pieces<'_, S> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0.serialize_element(text).map_err(|error| {
            self.1 = Some(error);
            fmt::Error
        })
    }
}

impl serde::Serialize for Hostile {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut seq = serializer.serialize_seq(None)?;
        let mut pieces = Pieces(&mut seq, None);
        let result = self.0(&mut pieces);
        match (result, pieces.1) {
            (_, Some(error)) => Err(error),
            (Err(_), None) => Err(serde::ser::Error::custom("the value fails")),
            (Ok(()), None) => seq.end(),
        }
    }
}

/// An error whose `source` panics.
#[derive(Debug)]
struct NoSource;

impl fmt::Display for NoSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("no source")
    }
}

impl Error for NoSource {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        panic!("on purpose")
    }
}

/// An error that is its own cause.
#[derive(Debug)]
struct Ring;

impl fmt::Display for Ring {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ring")
    }
}

impl Error for Ring {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&Self)
    }
}

const PANICS: Hostile = Hostile(|f| {
    f.write_str("then ")?;
    panic!("on purpose")
});

const FAILS: Hostile = Hostile(|f| {
    f.write_str("then ")?;
    Err(fmt::Error)
});

const ENDLESS: Hostile = Hostile(|f| {
    loop {
        f.write_str("and on ")?;
    }
});

/// Writes to scopes, reads scopes, opens scopes, logs and captures errors.
const REENTRANT: Hostile = Hostile(|f| {
    whose::set_tag("again", "yes");
    whose::set_extra("again", 1);
    whose::set_context("again", 1);
    whose::add_breadcrumb(Breadcrumb::new("again"));
    whose::isolation().unwrap().set_tag("handle", "yes");
    whose::capture_error(&fmt::Error);
    whose::user("inside").in_scope(|| info_span!("again").in_scope(|| info!("again")));
    let attribution = whose::current();
    f.write_str(attribution.user_id().unwrap_or("nobody"))
});

#[whose::trace(
    email = %value, attrs(attr = %value), tags(tag = %value), fields(field = %value, debug = ?value),
    input(value), output, err(Debug), supplement
)]
fn by_trace<'a>(value: &'a Hostile, fails: bool) -> Result<&'a Hostile, &'a Hostile> {
    if fails { Err(value) } else { Ok(value) }
}

#[whose::trace(err)]
async fn by_async_trace(value: &'static Hostile) -> Result<(), &'static Hostile> {
    tokio::task::yield_now().await;
    Err(value)
}

/// Passes the value to every function and macro that takes a value, except for ids.
fn everywhere(value: &'static Hostile) {
    let runtime = Builder::new_current_thread().build().unwrap();
    whose::set_extra("extra", value);
    whose::set_context("context", value);
    whose::global().set_extra("global", value);
    whose::isolation().unwrap().set_context("isolated", value);
    whose::add_breadcrumb(Breadcrumb::new("crumb").with_data("data", value));
    let scope = Scope::new().extra("scope", value).context("scope", value);
    let _ = by_trace(value, false);
    let _ = by_trace(value, true);
    let _ = runtime.block_on(by_async_trace(value));
    scope.in_scope(|| {
        let span = info_span!("span", field = %value, debug = ?value, late = Empty, tag.t = %value);
        span.record("late", tracing::field::display(value));
        span.in_scope(|| info!(field = %value, debug = ?value, user.email = %value, "{value}"));
        let dynamic: &(dyn Error + 'static) = value;
        info!(error = dynamic, "error");
        whose::capture_error(value);
        whose::error(value)
            .extra("error", value)
            .context("error", value)
            .capture();
    });
}

/// The records that carry the value, without the records that the value makes.
fn records_of_value(rec: &Recorder) -> Vec<Record> {
    let mut records = rec.records();
    records.retain(|record| {
        record.name() != "again"
            && record.message() != Some("again")
            && record.error_type() != Some("core::fmt::Error")
    });
    assert_eq!(records.len(), 10, "one record for each use");
    for record in &records {
        assert_bounded(record);
        assert_eq!(record.user_id(), Some("alice"), "{record:?}");
    }
    records
}

fn fields<'a>(records: &'a [Record], names: &[&str]) -> Vec<&'a str> {
    let of = |record: &'a Record| {
        let field = |name: &&str| record.field(name).and_then(|value| value.as_str());
        names.iter().filter_map(field).collect::<Vec<_>>()
    };
    records.iter().flat_map(of).collect()
}

const PRINTED: [&str; 5] = ["field", "debug", "late", "input.value", "output"];

#[test]
fn panicking_value_loses_only_itself() {
    let _global = isolate_global();
    let rec = Recorder::start();
    whose::set_user("alice");
    whose::set_extra("good", 1);
    let before = whose::stats().failed_values;
    everywhere(&PANICS);
    assert!(whose::stats().failed_values >= before + 9);
    let records = records_of_value(&rec);
    let printed = fields(&records, &PRINTED);
    assert!(printed.len() >= 12, "{printed:?}");
    assert!(printed.iter().all(|text| text.starts_with("<panicked")));
    for record in &records {
        assert_eq!(record.extra("good"), Some(&Json::from(1)));
        assert!(record.extras().count() == 1 && record.contexts().count() == 0);
    }
    let error = rec.errors().pop().unwrap();
    assert!(error.message().unwrap().starts_with("<panicked"));
    let crumb = error.breadcrumbs().next().unwrap();
    assert_eq!((crumb.message(), crumb.all_data().len()), ("crumb", 0));
}

#[test]
fn failing_value_keeps_printed_text_only() {
    let _global = isolate_global();
    let rec = Recorder::start();
    whose::set_user("alice");
    let before = whose::stats().failed_values;
    everywhere(&FAILS);
    assert!(whose::stats().failed_values >= before + 9);
    let records = records_of_value(&rec);
    let printed = fields(&records, &PRINTED);
    assert!(printed.len() >= 12 && printed.iter().all(|text| *text == "then "));
}

#[test]
fn endless_value_keeps_its_head() {
    let _global = isolate_global();
    let rec = Recorder::start();
    whose::set_user("alice");
    let before = whose::stats().truncated_values();
    everywhere(&ENDLESS);
    assert!(whose::stats().truncated_values() > before + 20);
    let records = records_of_value(&rec);
    let is_head = |text: &str| text.starts_with("and on and on ") && text.ends_with('…');
    let printed = fields(&records, &PRINTED);
    assert!(printed.len() >= 12 && printed.iter().all(|text| is_head(text)));
    let error = rec.errors().pop().unwrap();
    assert!(is_head(error.message().unwrap()));
    for key in ["extra", "scope", "error"] {
        let kept = error.extra(key).and_then(Json::as_str).unwrap();
        assert!(kept.starts_with(r#"["and on ","and on "#) && kept.ends_with('…'));
    }
}

#[test]
fn reentrant_value_reads_and_writes_current_scope() {
    let _global = isolate_global();
    let rec = Recorder::start();
    whose::set_user("alice");
    everywhere(&REENTRANT);
    let records = records_of_value(&rec);
    let printed = fields(&records, &PRINTED);
    assert!(printed.len() >= 12 && printed.iter().all(|text| *text == "alice"));
    for key in ["extra", "scope", "error"] {
        let error = rec.errors().pop().unwrap();
        assert_eq!(error.extra(key), Some(&serde_json::json!(["alice"])));
    }
    let attribution = whose::current();
    assert_eq!(
        (attribution.tag("again"), attribution.tag("handle")),
        (Some("yes"), Some("yes"))
    );
    // The errors and events that the value makes are recorded too, with the right user.
    let errors = rec.errors();
    let again = errors
        .iter()
        .filter(|record| record.error_type() == Some("core::fmt::Error"));
    assert!(
        again
            .filter(|record| record.user_id() == Some("alice"))
            .count()
            >= 20
    );
    let events = rec.events();
    let again = events
        .iter()
        .filter(|record| record.message() == Some("again"));
    assert!(
        again
            .filter(|record| record.user_id() == Some("inside"))
            .count()
            >= 20
    );
}

#[test]
fn panicking_failing_and_reentrant_ids_are_harmless() {
    fn ids(value: &Hostile) -> Vec<Option<String>> {
        #[whose::trace(user_id = %value, session_id = %value)]
        fn by_trace(value: &Hostile) {
            info!("trace");
        }
        #[whose::with_user(%value)]
        fn by_with_user(value: &Hostile) {
            info!("with_user");
        }
        #[whose::with_session(%value)]
        fn by_with_session(value: &Hostile) {
            info!("with_session");
        }
        fn by_guard(value: &Hostile) {
            whose::guard!(user = %value, session = %value);
            info!("guard");
        }
        let rec = Recorder::start();
        whose::set_user("alice");
        by_trace(value);
        by_with_user(value);
        by_with_session(value);
        by_guard(value);
        info!(user.id = %value, session.id = ?value, "event");
        info_span!("span", user.id = %value, session.id = ?value).in_scope(|| info!("span"));
        let events = rec.events();
        let outer = events
            .iter()
            .filter(|record| record.message() != Some("again"));
        outer
            .map(|record| record.user_id().map(String::from))
            .collect()
    }
    let all = |id: &str| vec![Some(id.to_owned()); 6];
    // An id that panics sets no user, so the outer user applies.
    assert_eq!(ids(&PANICS), all("alice"));
    let mut fails = all("then ");
    fails[2] = Some("alice".into()); // the value sets only the session
    assert_eq!(ids(&FAILS), fails);
    assert_eq!(ids(&REENTRANT), all("alice"));
}

#[test]
fn error_with_hostile_causes_is_captured() {
    let rec = Recorder::start();
    whose::capture_error(&NoSource);
    whose::capture_error(&Ring);
    let errors = rec.errors();
    assert_eq!(errors[0].message(), Some("no source"));
    let causes: Vec<_> = errors[0].causes().collect();
    assert!(causes.len() == 1 && causes[0].starts_with("<panicked"));
    assert_eq!(errors[1].causes().count(), 32);
    assert_bounded(&errors[1]);
}

#[test]
fn endless_id_is_bounded() {
    #[whose::with_user(%value)]
    fn user_of(value: &Hostile) -> Option<String> {
        whose::current().user_id().map(String::from)
    }
    let id = user_of(&ENDLESS).unwrap();
    assert!(id.starts_with("and on ") && id.len() <= whose::Limits::ID_BYTES);
    assert_eq!(user_of(&ENDLESS), Some(id));
}
