//! Too many values are limited, and values that are too deep and numbers that JSON does not have
//! are kept in another form.

use std::collections::{BTreeMap, HashMap};

use serde::ser::{SerializeMap, Serializer};
use serde_json::{Value as Json, json};
use tracing::{info, info_span};
use whose::testing::{Recorder, isolate_global};
use whose::{Breadcrumb, Guard, Limits, Record, Scope, ScopeExt, User, Value};

use crate::{Failed, assert_bounded};

const MANY: usize = 10_000;

fn pairs() -> impl Iterator<Item = (String, usize)> {
    (0..MANY).map(|n| (format!("k{n}"), n))
}

fn captured(rec: &Recorder) -> Record {
    whose::capture_error(&Failed("refused".into()));
    rec.errors().pop().unwrap()
}

#[test]
fn ten_thousand_tags_are_limited_to_fifty() {
    let _global = isolate_global();
    let rec = Recorder::start();
    let check = |name: &str, record: Record| {
        assert_bounded(&record);
        assert_eq!(record.tags().count(), Limits::TAGS, "{name}");
    };
    let before = whose::stats().truncated_values();
    let at_once = Scope::new().tags(pairs());
    check("scope", at_once.in_scope(|| captured(&rec)));
    let one_by_one = pairs().fold(Scope::new(), |scope, (key, n)| scope.tag(key, n));
    check("scope", one_by_one.in_scope(|| captured(&rec)));
    for layer in [whose::global(), whose::isolation().unwrap()] {
        layer.set_tags(pairs());
        check("layer", captured(&rec));
        pairs().for_each(|(key, n)| layer.set_tag(key, n));
        check("layer", captured(&rec));
    }
    let report = whose::error(&Failed("refused".into()));
    let report = pairs().fold(report, |report, (key, n)| report.tag(key, n));
    report.capture();
    check("error", rec.errors().pop().unwrap());
    assert!(whose::stats().truncated_values() > before + 5 * 9_000);
}

#[test]
fn ten_thousand_nested_scopes_make_bounded_record() {
    let rec = Recorder::start();
    let open = |(key, n): (String, usize)| {
        let scope = Scope::new().tag(&key, n).extra(&key, n);
        scope.user(User::new("u").with_attr(&key, n)).enter()
    };
    let guards: Vec<Guard> = pairs().map(open).collect();
    info_span!("deep").in_scope(|| info!("deep"));
    let error = captured(&rec);
    drop(guards);
    for record in [&error, &rec.span("deep"), &rec.events()[0]] {
        assert_bounded(record);
        assert_eq!(record.tags().count(), Limits::TAGS);
        assert_eq!(record.user().unwrap().attrs().count(), Limits::ATTRS);
        // The innermost value wins, however many scopes are open.
        assert_eq!(record.tag("k9999"), Some("9999"));
    }
}

#[test]
fn ten_thousand_attributes_are_limited_to_fifty() {
    let rec = Recorder::start();
    let user = pairs().fold(User::new("u"), |user, (key, n)| user.with_attr(key, n));
    whose::user(user).in_scope(|| info!("x"));
    let event = &rec.events()[0];
    assert_bounded(event);
    assert_eq!(event.user().unwrap().attrs().count(), Limits::ATTRS);
}

#[test]
fn breadcrumb_values_and_breadcrumbs_are_limited() {
    let rec = Recorder::start();
    let full = |crumb| pairs().fold(crumb, |crumb: Breadcrumb, (key, n)| crumb.with_data(key, n));
    let crumb = full(Breadcrumb::new("full"));
    assert_eq!(crumb.all_data().len(), Limits::EXTRA);
    for _ in 0..MANY {
        whose::add_breadcrumb(crumb.clone());
    }
    let error = captured(&rec);
    assert_bounded(&error);
    assert_eq!(error.breadcrumbs().count(), Limits::BREADCRUMBS);
}

#[test]
fn ten_thousand_extra_and_contexts_are_limited_to_fifty() {
    let rec = Recorder::start();
    let check = |record: Record| {
        assert_bounded(&record);
        assert_eq!(record.extras().count(), Limits::EXTRA);
        assert_eq!(record.contexts().count(), Limits::CONTEXTS);
    };
    let scope = pairs().fold(Scope::new(), |scope, (key, n)| {
        scope.extra(&key, n).context(&key, n)
    });
    check(scope.in_scope(|| captured(&rec)));
    let report = whose::error(&Failed("refused".into()));
    let report = pairs().fold(report, |report, (key, n)| {
        report.extra(&key, n).context(&key, n)
    });
    report.capture();
    check(rec.errors().pop().unwrap());
}

#[tokio::test(flavor = "current_thread")]
async fn scope_carried_ten_thousand_times_keeps_bounded_tags() {
    let _rec = Recorder::start();
    let mut scope = Scope::current();
    for (key, n) in pairs() {
        let hop = async { Scope::current() }.with_scope(scope.tag(&key, n).extra(&key, n));
        scope = hop.await;
    }
    let attribution = async { whose::current() }.with_scope(scope).await;
    assert_eq!(attribution.tags().count(), Limits::TAGS);
    assert_eq!(attribution.extras().count(), Limits::EXTRA);
    assert_eq!(attribution.tag("k9999"), Some("9999"));
}

/// Nested maps. The number is the depth.
struct Deep(usize);

impl serde::Serialize for Deep {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(1))?;
        match self.0 {
            0 => map.serialize_entry("k", "bottom")?,
            depth => map.serialize_entry("k", &Deep(depth - 1))?,
        }
        map.end()
    }
}

/// Passes the value to every function that takes a serialisable value, and returns the error that
/// carries all of them.
fn everywhere<V: serde::Serialize>(value: &V) -> Record {
    let _global = isolate_global();
    let rec = Recorder::start();
    whose::global().set_extra("global", value);
    whose::global().set_context("global", value);
    whose::set_extra("isolated", value);
    whose::set_context("isolated", value);
    whose::add_breadcrumb(Breadcrumb::new("m").with_data("k", value));
    let scope = Scope::new().extra("scope", value).context("scope", value);
    scope.in_scope(|| {
        whose::error(&Failed("refused".into()))
            .extra("error", value)
            .context("error", value)
            .capture();
    });
    let error = rec.errors().pop().unwrap();
    assert_bounded(&error);
    error
}

/// Asserts that every function kept `expected`, or that no function kept a value.
#[track_caller]
fn assert_kept(error: &Record, expected: Option<&Json>) {
    for name in ["global", "isolated", "scope", "error"] {
        assert_eq!(error.extra(name), expected, "{name}");
        let context = error.context(name).map(|c| c.get("value").unwrap_or(c));
        assert_eq!(context, expected, "{name}");
    }
    assert_eq!(error.breadcrumbs().next().unwrap().data("k"), expected);
}

#[test]
fn deep_map_is_kept_as_text() {
    let deep = everywhere(&Deep(1_000));
    let text = serde_json::to_string(&Deep(1_000)).unwrap();
    assert_kept(&deep, Some(&Json::from(text)));
    // A map that every JSON reader accepts stays a map.
    let shallow = everywhere(&Deep(100));
    assert_eq!(
        shallow.extra("scope"),
        Some(&serde_json::to_value(Deep(100)).unwrap())
    );
}

#[test]
fn megabyte_map_keeps_its_head() {
    let map: BTreeMap<String, usize> = (0..100_000).map(|n| (format!("key {n}"), n)).collect();
    let before = whose::stats().truncated_values();
    let error = everywhere(&map);
    let kept = error.extra("error").and_then(Json::as_str).unwrap();
    assert!(kept.starts_with(r#"{"key 0":0,"#) && kept.ends_with('…'));
    assert_kept(&error, Some(&Json::from(kept)));
    assert!(whose::stats().truncated_values() >= before + 9);
}

#[test]
fn map_with_non_text_keys_loses_only_itself() {
    let map: HashMap<Vec<u8>, u8> = HashMap::from([(vec![1, 2], 3)]);
    let before = whose::stats().failed_values;
    assert_kept(&everywhere(&map), None);
    assert!(whose::stats().failed_values >= before + 9);
}

#[test]
fn non_json_numbers_are_null_in_data_and_kept_in_fields() {
    for number in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        assert_kept(&everywhere(&number), Some(&Json::Null));
        let nested = everywhere(&json!({"n": 1}).as_object().map(|_| [number, 1.0]));
        assert_kept(&nested, Some(&json!([null, 1.0])));

        let rec = Recorder::start();
        let user = User::new("u").with_attr("n", number);
        whose::user(user).in_scope(|| info!(n = number, shown = %number, "x"));
        let event = &rec.events()[0];
        let same = |value: &Value| value.as_f64().unwrap().to_bits() == number.to_bits();
        assert!(same(event.field("n").unwrap()));
        assert!(same(event.user().unwrap().attr("n").unwrap()));
        assert_eq!(event.field("shown"), Some(&Value::from(number.to_string())));
    }
}

#[test]
fn extreme_numbers_are_kept_as_values_and_ids() {
    let rec = Recorder::start();
    let user = User::new(i128::MIN)
        .with_attr("max", u64::MAX)
        .with_attr("min", i64::MIN);
    whose::user(user).session(u128::MAX).in_scope(|| {
        info!(max = u64::MAX, min = i64::MIN, wide = u128::MAX, "x");
    });
    let event = &rec.events()[0];
    assert_eq!(event.user_id(), Some(&*i128::MIN.to_string()));
    assert_eq!(event.session_id(), Some(&*u128::MAX.to_string()));
    let user = event.user().unwrap();
    assert_eq!(user.attr("max"), Some(&Value::UInt(u64::MAX)));
    assert_eq!(user.attr("min"), Some(&Value::Int(i64::MIN)));
    assert_eq!(event.field("max"), Some(&Value::UInt(u64::MAX)));
    assert_eq!(event.field("min"), Some(&Value::Int(i64::MIN)));
    let wide = Value::from(u128::MAX.to_string());
    assert_eq!(event.field("wide"), Some(&wide));
}

#[test]
fn field_recorded_ten_thousand_times_is_one_field() {
    let rec = Recorder::start();
    let span = info_span!("long", progress = tracing::field::Empty, state = "begun");
    for n in 0..MANY {
        span.record("progress", n);
    }
    span.record("state", "done");
    drop(span);
    let span = rec.span("long");
    let fields: Vec<_> = span.fields().map(|(name, _)| name).collect();
    assert_eq!(fields, ["state", "progress"]);
    assert_eq!(span.field("progress"), Some(&Value::Int(9_999)));
    assert_eq!(span.field("state"), Some(&Value::from("done")));
}

#[test]
fn context_merged_from_ten_thousand_frames_is_bounded() {
    let _rec = Recorder::start();
    let mut scope = Scope::current();
    for (key, n) in pairs() {
        let inner = Scope::new().context("hops", json!({ key: n }));
        scope = scope.in_scope(|| inner.in_scope(Scope::current));
    }
    scope.in_scope(|| {
        let attribution = whose::current();
        let hops = attribution.context("hops").unwrap().as_object().unwrap();
        assert_eq!(hops.len(), Limits::CONTEXT_KEYS);
        assert_eq!(hops["k9999"], 9_999, "the innermost wins");
    });
}
