//! A flag outside every isolated scope is refused, counted, and warned about once for each call site. This
//! test runs alone in its process.

use tracing_subscriber::prelude::*;
use whose_tests::log_buffer::LogBuffer;

#[test]
fn flag_outside_isolated_scope_is_refused_and_warned_once() {
    let lines = LogBuffer::default();
    let format = tracing_subscriber::fmt::layer()
        .with_writer(lines.clone())
        .with_ansi(false);
    tracing_subscriber::registry()
        .with(whose::layer().with_flag_events(true))
        .with(format)
        .init();

    let first = line!() + 2;
    for _ in 0..100 {
        whose::flag("new_checkout", true);
    }
    whose::user("alice").in_scope(|| whose::flag("new_checkout", true));
    // Nothing to write.
    whose::flag("new_checkout", None::<bool>);

    let text = lines.take();
    let warnings: Vec<_> = text
        .lines()
        .filter(|line| line.contains("refused"))
        .collect();
    assert_eq!(warnings.len(), 2, "{text}");
    assert!(
        warnings[0].contains(&format!("refused_flags.rs:{first}:")),
        "{text}"
    );
    assert_eq!(whose::stats().refused_writes, 101);
}
