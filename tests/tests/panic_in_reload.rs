//! A panic during a reload does not hang in the panic hook. This test runs alone in its process,
//! because a hanging thread holds the lock of the hook.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc;
use std::time::Duration;

use tracing::level_filters::LevelFilter;
use tracing::subscriber::with_default;
use tracing_subscriber::prelude::*;
use tracing_subscriber::{registry, reload};

#[test]
fn panic_during_reload_does_not_hang() {
    whose::panic::install();
    // A second layer anywhere in the process is enough.
    let _other = whose::layer();
    let (filter, handle) = reload::Layer::new(LevelFilter::INFO);
    let (done, wait) = mpsc::channel();
    std::thread::spawn(move || {
        with_default(registry().with(whose::layer()).with(filter), || {
            let reload = || handle.modify(|_| panic!("a bad filter"));
            let panicked = catch_unwind(AssertUnwindSafe(reload)).is_err();
            done.send(panicked).unwrap();
        });
    });
    if wait.recv_timeout(Duration::from_secs(10)) != Ok(true) {
        eprintln!("the panic hangs in the hook");
        std::process::abort();
    }
}
