//! The language as a whole.

use proptest::prelude::*;
use whose_store::{Comparison, SearchField, ValueTest};

use super::term::TermKind;
use super::{Completion, SearchText, Term, annotate, completion};

fn word(text: &str) -> Term {
    term(TermKind::Word(text.into()))
}

fn phrase(text: &str) -> Term {
    term(TermKind::Phrase(text.into()))
}

fn field(field: SearchField, test: ValueTest) -> Term {
    term(TermKind::Field(field, test))
}

fn term(kind: TermKind) -> Term {
    Term {
        is_negated: false,
        kind,
    }
}

fn not(mut term: Term) -> Term {
    term.is_negated = true;
    term
}

fn is(text: &str) -> ValueTest {
    ValueTest::Is(text.into())
}

fn number(comparison: Comparison, value: f64) -> ValueTest {
    ValueTest::Number(comparison, value)
}

#[test]
fn search_text_parses_as_its_terms() {
    let tag = |key: &str| SearchField::Tag(key.into());
    let attribute = |key: &str| SearchField::UserAttribute(key.into());
    for (text, expected) in [
        ("", vec![]),
        ("refund paris", vec![word("refund"), word("paris")]),
        (
            "ref* \"no refund\"",
            vec![word("ref*"), phrase("no refund")],
        ),
        ("a\"b c\"d", vec![word("a"), phrase("b c"), word("d")]),
        ("\"open end", vec![phrase("open end")]),
        (
            "-late -\"no refund\"",
            vec![not(word("late")), not(phrase("no refund"))],
        ),
        (
            "- -- --x a-b",
            vec![word("-"), word("--"), word("--x"), word("a-b")],
        ),
        (
            "std::io::Error :) @alice",
            vec![word("std::io::Error"), word(":)"), word("@alice")],
        ),
        ("user:alice", vec![Term::is(SearchField::User, "alice")]),
        ("USER:Alice", vec![Term::is(SearchField::User, "Alice")]),
        (
            "-user:alice",
            vec![not(Term::is(SearchField::User, "alice"))],
        ),
        ("user:*", vec![field(SearchField::User, ValueTest::Present)]),
        (
            "user:al*",
            vec![field(SearchField::User, ValueTest::StartsWith("al".into()))],
        ),
        (
            "user:\"a \\\"b\\\" \\\\ \\n*\"",
            vec![Term::is(SearchField::User, "a \"b\" \\ \\n*")],
        ),
        (
            "name:\"a b\"*",
            vec![field(
                SearchField::Name,
                ValueTest::StartsWith("a b".into()),
            )],
        ),
        (
            "target:my::module",
            vec![Term::is(SearchField::Target, "my::module")],
        ),
        ("tag.plan:pro", vec![field(tag("plan"), is("pro"))]),
        ("tag.\"a key:\":\"x\"", vec![field(tag("a key:"), is("x"))]),
        (
            "@plan:pro @seats:>=10",
            vec![
                field(attribute("plan"), is("pro")),
                field(attribute("seats"), number(Comparison::AtLeast, 10.0)),
            ],
        ),
        (
            "field.http.route:/a:b",
            vec![field(SearchField::Field("http.route".into()), is("/a:b"))],
        ),
        (
            "duration:>100ms",
            vec![field(
                SearchField::Duration,
                number(Comparison::Greater, 1e8),
            )],
        ),
        (
            "duration:<=1.5s",
            vec![field(
                SearchField::Duration,
                number(Comparison::AtMost, 1.5e9),
            )],
        ),
        (
            "duration:<2m",
            vec![field(
                SearchField::Duration,
                number(Comparison::Less, 1.2e11),
            )],
        ),
        (
            "cost:>$0.01",
            vec![field(SearchField::Cost, number(Comparison::Greater, 0.01))],
        ),
        (
            "tokens:1000",
            vec![field(SearchField::Tokens, number(Comparison::Equal, 1e3))],
        ),
        (
            "failed:true level:ERROR",
            vec![
                Term::is(SearchField::Failed, "true"),
                Term::is(SearchField::Level, "ERROR"),
            ],
        ),
        (
            "since:1h until:2026-11-28",
            vec![
                term(TermKind::Since("1h".into())),
                term(TermKind::Until("2026-11-28".into())),
            ],
        ),
    ] {
        let parsed = SearchText::parse(text);
        assert_eq!((parsed.terms, parsed.errors), (expected, vec![]), "{text}");
    }
}

#[test]
fn syntax_error_marks_its_place_and_states_what_is_accepted() {
    for (text, marked, message) in [
        ("late usr:alice", "usr", "did you mean `user`?"),
        ("http://x", "http", "the fields are `user`"),
        ("http://x", "http", "needs quotes"),
        ("a user:", "user:", "the value is missing"),
        ("user: alice", "user:", "the value is missing"),
        ("user:\"al", "\"al", "the last quote is missing"),
        ("duration:>100", ">100", "`100ms`"),
        ("duration:>long", ">long", "`100ms`"),
        ("duration:\"1s\"", "\"1s\"", "`100ms`"),
        ("cost:cheap", "cheap", "`0.01`"),
        ("cost:>1e5", ">1e5", "`0.01`"),
        ("tokens:>", ">", "`1000`"),
        ("tag.n:>x", ">x", "a number"),
        (
            "level:fatal",
            "fatal",
            "`error`, `warn`, `info`, `debug` or `trace`",
        ),
        ("type:log", "log", "`span`, `event` or `error`"),
        ("failed:yes", "yes", "`true` or `false`"),
        ("source:x", "x", "`late`"),
        ("reason:x", "x", "`no_scope`"),
        ("trace:xyz", "xyz", "32 hexadecimal digits"),
        ("trace:abc", "abc", "`*`"),
        ("name:>x", ">x", "in quotes"),
        ("since:yesterday", "yesterday", "`2h`"),
        ("-since:1h", "-since:1h", "`until`"),
        ("tag.:x", "tag.", "`tag.KEY:value`"),
        ("@:x", "@", "`@KEY:value`"),
        ("@\"key\" x", "@\"key\"", "`@\"a key\":value`"),
        ("é usr:ü", "usr", "`user`"),
    ] {
        let parsed = SearchText::parse(text);
        let [error] = &*parsed.errors else {
            panic!("{text}: {parsed:?}");
        };
        assert_eq!(&text[error.at.clone()], marked, "{text}");
        assert!(error.message.contains(message), "{text}: {}", error.message);
    }
}

#[test]
fn annotated_text_has_every_part_once() {
    let text = "late usr:x and cost:y";
    let errors = SearchText::parse(text).errors;
    let parts = annotate(text, &errors);
    let parts: Vec<_> = parts.iter().map(|part| (part.text, part.error)).collect();
    let expected = [
        ("late ", None),
        ("usr", Some(1)),
        (":x and cost:", None),
        ("y", Some(2)),
    ];
    assert_eq!(parts, expected);
}

#[test]
fn completion_names_what_is_typed_last() {
    let name = |from, prefix: &str| Completion::Name {
        from,
        prefix: prefix.into(),
    };
    let value = |from, field, prefix: &str| Completion::Value {
        from,
        field,
        prefix: prefix.into(),
    };
    for (text, expected) in [
        ("", Some(name(0, ""))),
        ("late ", Some(name(5, ""))),
        ("late us", Some(name(5, "us"))),
        ("-us", Some(name(1, "us"))),
        ("-", Some(name(1, ""))),
        ("user:al", Some(value(5, SearchField::User, "al"))),
        ("-user:", Some(value(6, SearchField::User, ""))),
        ("user:\"al i", Some(value(5, SearchField::User, "al i"))),
        (
            "tag.plan:p",
            Some(value(9, SearchField::Tag("plan".into()), "p")),
        ),
        (
            "@\"a b\":p",
            Some(value(7, SearchField::UserAttribute("a b".into()), "p")),
        ),
        (
            "tag.pl",
            Some(Completion::Key {
                from: 0,
                start: "tag.",
                prefix: "pl".into(),
            }),
        ),
        (
            "-@",
            Some(Completion::Key {
                from: 1,
                start: "@",
                prefix: String::new(),
            }),
        ),
        ("\"a phrase", None),
        ("user:\"alice\"", None),
        ("nothing:x", None),
        (
            "since:1",
            Some(Completion::Time {
                from: 6,
                prefix: "1".into(),
            }),
        ),
    ] {
        assert_eq!(completion(text), expected, "{text}");
    }
}

const PIECES: [&str; 34] = [
    "refund",
    " ",
    " ",
    " ",
    "\"",
    "\\",
    "-",
    "--",
    ":",
    "::",
    "*",
    ">",
    ">=",
    "<",
    "=",
    "@",
    "tag.",
    "field.",
    "user",
    "user:",
    "duration:",
    "cost:",
    "tokens:",
    "level:",
    "since:",
    "until:",
    "trace:",
    "100ms",
    "1h",
    "0.01",
    "error",
    "\u{202e}",
    "é",
    "\n",
];

fn texts() -> impl Strategy<Value = String> {
    let piece =
        prop_oneof![6 => prop::sample::select(&PIECES[..]).prop_map(String::from), 1 => ".{0,3}"];
    prop::collection::vec(piece, 0..14).prop_map(|pieces| pieces.concat())
}

// `PROPTEST_CASES` sets the number of texts: see CONTRIBUTING.md.
proptest! {
    #[test]
    fn any_text_parses_or_has_errors_inside_it(text in texts()) {
        let parsed = SearchText::parse(&text);
        let mut end = 0;
        for error in &parsed.errors {
            prop_assert!(error.at.start >= end && error.at.start < error.at.end, "{:?}", error);
            prop_assert!(text.get(error.at.clone()).is_some(), "{:?}", error);
            prop_assert!(!error.message.is_empty());
            end = error.at.end;
        }
        let parts: String = annotate(&text, &parsed.errors).iter().map(|part| part.text).collect();
        prop_assert_eq!(parts, &*text);
        let _ = parsed.filter();
        if let Some(
            Completion::Name { from, .. }
            | Completion::Key { from, .. }
            | Completion::Value { from, .. }
            | Completion::Time { from, .. },
        ) = completion(&text)
        {
            prop_assert!(text.is_char_boundary(from));
        }
    }

    #[test]
    fn printed_search_parses_as_the_same(text in texts()) {
        let parsed = SearchText::parse(&text);
        let printed: Vec<_> = parsed.terms.iter().map(Term::to_string).collect();
        let printed = printed.join(" ");
        let again = SearchText::parse(&printed);
        prop_assert_eq!(&again.errors, &[], "{:?} of {:?}", printed, text);
        prop_assert_eq!(again.terms, parsed.terms, "{:?} of {:?}", printed, text);
    }

    #[test]
    fn any_value_can_be_written(value in ".{0,12}", key in ".{0,6}", nanos in 0..u64::MAX) {
        #[allow(clippy::cast_precision_loss)]
        let slow = number(Comparison::Greater, nanos as f64);
        for term in [
            Term::is(SearchField::Session, &*value),
            Term::is(SearchField::Tag(key.clone()), &*value),
            not(Term::is(SearchField::UserAttribute(key.clone()), &*value)),
            field(SearchField::Field(key.clone()), ValueTest::StartsWith(value.clone() + "x")),
            field(SearchField::Duration, slow),
        ] {
            let parsed = SearchText::parse(&term.to_string());
            prop_assert_eq!(parsed.errors, vec![], "{}", term);
            prop_assert_eq!(parsed.terms, vec![term]);
        }
    }
}
