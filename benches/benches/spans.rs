//! A function with a span and a user, beside `tracing::instrument`.

#![allow(missing_docs)] // `divan` generates public items.

use std::sync::Arc;

use divan::{AllocProfiler, Bencher, black_box};

#[global_allocator]
static ALLOC: AllocProfiler = AllocProfiler::system();

const ID: &str = "usr_0123456789abcd";

struct NoopLayer;
impl<S: tracing::Subscriber> tracing_subscriber::Layer<S> for NoopLayer {}

struct NoopSink;
impl whose::RecordSink for NoopSink {
    fn record(&self, record: &Arc<whose::Record>) {
        black_box(record);
    }
}

#[tracing::instrument(skip_all)]
fn instrumented(n: u64) -> u64 {
    black_box(n)
}

#[whose::trace]
fn traced(n: u64) -> u64 {
    black_box(n)
}

#[whose::trace(user_id = ID)]
fn traced_with_user(n: u64) -> u64 {
    black_box(n)
}

#[whose::with_user(id = ID)]
fn with_user(n: u64) -> u64 {
    black_box(n)
}

fn main() {
    divan::main();
}

#[divan::bench_group(sample_count = 200, sample_size = 1000)]
mod nobody_listening {
    use super::{Bencher, instrumented, traced, traced_with_user, with_user};

    #[divan::bench]
    fn tracing_instrument(bencher: Bencher<'_, '_>) {
        bencher.bench_local(|| instrumented(1));
    }

    #[divan::bench]
    fn whose_trace(bencher: Bencher<'_, '_>) {
        bencher.bench_local(|| traced(1));
    }

    #[divan::bench]
    fn whose_trace_with_user(bencher: Bencher<'_, '_>) {
        bencher.bench_local(|| traced_with_user(1));
    }

    #[divan::bench]
    fn whose_with_user(bencher: Bencher<'_, '_>) {
        bencher.bench_local(|| with_user(1));
    }
}

#[divan::bench_group(sample_count = 200, sample_size = 1000)]
mod spans_collected {
    use super::{Bencher, NoopLayer, NoopSink, instrumented, traced, traced_with_user};
    use tracing_subscriber::prelude::*;

    #[divan::bench]
    fn tracing_instrument_registry_and_noop_layer(bencher: Bencher<'_, '_>) {
        let _guard = tracing_subscriber::registry().with(NoopLayer).set_default();
        bencher.bench_local(|| instrumented(1));
    }

    #[divan::bench]
    fn whose_trace_to_a_noop_sink(bencher: Bencher<'_, '_>) {
        let _guard = tracing_subscriber::registry()
            .with(whose::layer().with_sink(NoopSink))
            .set_default();
        bencher.bench_local(|| traced(1));
    }

    #[divan::bench]
    fn whose_trace_with_user_to_a_noop_sink(bencher: Bencher<'_, '_>) {
        let _guard = tracing_subscriber::registry()
            .with(whose::layer().with_sink(NoopSink))
            .set_default();
        bencher.bench_local(|| traced_with_user(1));
    }
}
