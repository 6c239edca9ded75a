//! Entering, polling and reading a scope, beside tokio's task-local.

#![allow(missing_docs)] // `divan` generates public items.

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use divan::{Bencher, black_box};
use whose::ScopeExt;

/// 18 bytes, as long as ids usually are.
const ID: &str = "usr_0123456789abcd";

tokio::task_local! {
    static USER: Arc<str>;
}

fn main() {
    divan::main();
}

#[divan::bench_group(sample_count = 200, sample_size = 1000)]
mod enter_and_exit_from_a_str {
    use super::{Arc, Bencher, ID, USER, black_box};

    #[divan::bench]
    fn whose_guard(bencher: Bencher<'_, '_>) {
        bencher.bench_local(|| {
            let _scope = whose::user(black_box(ID)).enter();
        });
    }

    #[divan::bench]
    fn whose_in_scope(bencher: Bencher<'_, '_>) {
        bencher.bench_local(|| whose::user(black_box(ID)).in_scope(|| black_box(())));
    }

    #[divan::bench]
    fn whose_nested_guard(bencher: Bencher<'_, '_>) {
        let _outer = whose::session("s-1").enter();
        bencher.bench_local(|| {
            let _scope = whose::user(black_box(ID)).enter();
        });
    }

    #[divan::bench]
    fn tokio_sync_scope(bencher: Bencher<'_, '_>) {
        bencher.bench_local(|| USER.sync_scope(Arc::<str>::from(black_box(ID)), || black_box(())));
    }
}

#[divan::bench_group(sample_count = 200, sample_size = 1000)]
mod read_the_user_id {
    use super::{Arc, Bencher, ID, USER, black_box};

    #[divan::bench]
    fn whose_with_current(bencher: Bencher<'_, '_>) {
        let _scope = whose::user(ID).enter();
        bencher
            .bench_local(|| whose::with_current(|at| at.user_id().map(|id| black_box(id.len()))));
    }

    #[divan::bench]
    fn tokio_with(bencher: Bencher<'_, '_>) {
        USER.sync_scope(Arc::from(ID), || {
            bencher.bench_local(|| USER.with(|id| black_box(id.len())));
        });
    }
}

#[divan::bench_group(sample_count = 200, sample_size = 1000)]
mod one_pending_poll {
    use super::{Arc, Bencher, Context, Future, ID, Poll, ScopeExt, USER, Waker, black_box, pin};

    fn pending() -> impl Future<Output = ()> {
        std::future::poll_fn(|_| black_box(Poll::Pending))
    }

    fn poll(bencher: Bencher<'_, '_>, future: impl Future<Output = ()>) {
        let mut future = pin!(future);
        let mut cx = Context::from_waker(Waker::noop());
        bencher.bench_local(|| black_box(future.as_mut().poll(&mut cx).is_pending()));
    }

    #[divan::bench]
    fn plain(bencher: Bencher<'_, '_>) {
        poll(bencher, pending());
    }

    #[divan::bench]
    fn whose_with_scope(bencher: Bencher<'_, '_>) {
        poll(bencher, pending().with_scope(whose::user(ID)));
    }

    #[divan::bench]
    fn whose_with_scope_inside_a_request(bencher: Bencher<'_, '_>) {
        let _request = whose::Scope::isolated().enter();
        poll(bencher, pending().with_scope(whose::user(ID)));
    }

    #[divan::bench]
    fn tokio_scope(bencher: Bencher<'_, '_>) {
        poll(bencher, USER.scope(Arc::from(ID), pending()));
    }
}
