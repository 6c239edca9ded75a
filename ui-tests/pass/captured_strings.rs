//! `input` and `output` record strings unquoted, and every other value by `Debug`.
use whose::testing::Recorder;

#[whose::trace(input, output)]
fn work(text: &str, owned: String, list: Vec<&str>, debug: Option<&str>) -> String {
    let _ = (text, list, debug);
    owned
}

fn main() {
    let rec = Recorder::start();
    let text = "say \"hi\"\n\tto \\ 'all' \u{1f600}\u{0}\u{7f}";
    assert_eq!(work(text, "o".into(), vec!["l"], Some("d")), "o");
    let span = rec.span("work");
    assert_eq!(span.field("input.text").unwrap(), &text);
    assert_eq!(span.field("input.owned").unwrap(), &"o");
    assert_eq!(span.field("output").unwrap(), &"o");
    assert_eq!(span.field("input.list").unwrap(), &r#"["l"]"#);
    assert_eq!(span.field("input.debug").unwrap(), &r#"Some("d")"#);
}
