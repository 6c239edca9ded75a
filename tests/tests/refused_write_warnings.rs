//! A refused write is warned about once for each call site. This test runs alone in its process.

use tracing_subscriber::prelude::*;
use whose_tests::log_buffer::LogBuffer;

#[test]
fn refused_write_is_warned_once_per_call_site() {
    let lines = LogBuffer::default();
    tracing_subscriber::registry()
        .with(whose::layer())
        .with(
            tracing_subscriber::fmt::layer()
                .with_writer(lines.clone())
                .with_ansi(false),
        )
        .init();

    let first = line!() + 2;
    for _ in 0..100 {
        whose::set_user("alice");
    }
    whose::set_user("bob");

    let text = lines.take();
    let warnings: Vec<_> = text
        .lines()
        .filter(|line| line.contains("refused"))
        .collect();
    assert_eq!(warnings.len(), 2, "{text}");
    assert!(
        warnings[0].contains(&format!("refused_write_warnings.rs:{first}:")),
        "{text}"
    );
    for fix in ["whose::global()", "AttributionLayer", "Scope::isolated()"] {
        assert!(warnings[0].contains(fix), "{text}");
    }
    assert_eq!(whose::stats().refused_writes, 101);
}
