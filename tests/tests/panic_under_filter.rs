//! A panic while a filtered layer prints an event does not end the process. This test runs alone in
//! its process, because a failure ends it.

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};

use tracing::level_filters::LevelFilter;
use tracing::{Subscriber, info};
use tracing_subscriber::Layer;
use tracing_subscriber::prelude::*;
use tracing_subscriber::registry::LookupSpan;

fn lines<S>() -> impl Layer<S>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    let fmt = tracing_subscriber::fmt::layer().with_writer(std::io::sink);
    fmt.with_filter(LevelFilter::INFO)
}

struct Panics;

impl fmt::Debug for Panics {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        panic!("a value that panics")
    }
}

#[test]
fn panic_of_printed_value_is_caught_under_filter() {
    whose::panic::install();
    // A second layer anywhere in the process is enough.
    let _other = whose::layer();
    tracing_subscriber::registry()
        .with(whose::layer())
        .with(lines())
        .with(lines())
        .init();
    let printed = catch_unwind(AssertUnwindSafe(|| info!(value = ?Panics)));
    assert!(printed.is_err());
}
