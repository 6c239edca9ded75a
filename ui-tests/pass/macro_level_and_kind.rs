//! A macro can take the level and the kind as fragments.
use whose::testing::Recorder;

macro_rules! with_parts {
    ($name:ident, $level:path, $kind:literal) => {
        #[whose::trace(user_id = "alice", level = $level, kind = $kind)]
        fn $name() -> Option<String> {
            whose::current().user_id().map(String::from)
        }
    };
    ($name:ident, $level:expr) => {
        #[whose::trace(user_id = "alice", level = $level)]
        fn $name() -> Option<String> {
            whose::current().user_id().map(String::from)
        }
    };
}

with_parts!(by_path, tracing::Level::WARN, "tool");
with_parts!(by_literal, "warn");

fn main() {
    let rec = Recorder::start();
    assert_eq!((by_path().as_deref(), by_literal().as_deref()), (Some("alice"), Some("alice")));
    let (path, literal) = (rec.span("by_path"), rec.span("by_literal"));
    assert_eq!((path.level(), path.kind()), (tracing::Level::WARN, Some(whose::Kind::Tool)));
    assert_eq!((literal.level(), literal.user_id()), (tracing::Level::WARN, Some("alice")));
}
