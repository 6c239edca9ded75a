//! A span records a text input or output without quotes, and any other value by its `Debug`.

use std::fmt;

use whose::testing::Recorder;

/// A type with the layout of a `String`, whose `Debug` hides the content.
struct Secret(String);

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Secret(\"len {}\")", self.0.len())
    }
}

#[whose::trace(input(owned, borrowed, twice, number, secret), output)]
fn concrete(owned: String, borrowed: &str, twice: &&str, number: u8, secret: Secret) -> String {
    format!("{owned}{borrowed}{twice}{number}{}", secret.0.len())
}

#[whose::trace(input(value))]
fn generic<T: fmt::Debug>(value: T) {
    drop(value);
}

#[test]
fn string_input_and_output_are_recorded_without_quotes() {
    let rec = Recorder::start();
    concrete("a".to_owned(), "b\"", &"c", 4, Secret("hidden".to_owned()));
    let span = rec.span("concrete");
    for (field, expected) in [
        ("input.owned", "a"),
        ("input.borrowed", "b\""),
        ("input.twice", "c"),
        ("input.number", "4"),
        ("input.secret", "Secret(\"len 6\")"),
        ("output", "ab\"c46"),
    ] {
        let value = span.field(field).map(ToString::to_string);
        assert_eq!(value.as_deref(), Some(expected), "{field}");
    }
}

#[test]
fn generic_input_is_recorded_by_its_debug() {
    let rec = Recorder::start();
    generic("text");
    let value = rec
        .span("generic")
        .field("input.value")
        .map(ToString::to_string);
    assert_eq!(value.as_deref(), Some("\"text\""));
}
