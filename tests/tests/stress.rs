//! Many concurrent tasks on shared threads, each with its own user: the short form of `cargo run
//! --release -p whose-tests --example long_run`.

use std::sync::{Mutex, PoisonError};

use whose_tests::stress::{Flavour, stress};

const EVENTS: u64 = 200_000;

/// Both tests count into the same statistics.
static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

fn assert_nothing_wrong(flavour: Flavour) {
    let _one = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    std::panic::set_hook(Box::new(|info| {
        let on_purpose = info.payload().downcast_ref::<&str>() == Some(&"on purpose");
        if !on_purpose {
            eprintln!("{info}");
        }
    }));
    let count = stress(flavour, EVENTS, fastrand::u64(..1 << 32), |_, _| ()).expect("threads");
    println!("{}: {count}", flavour.name());
    assert_eq!(count.wrong, 0, "{:#?}", count.examples);
    assert_eq!(count.missing, 0, "{count}");
    assert!(count.events >= EVENTS && count.spans > 0, "{count}");
}

#[test]
fn tasks_on_one_thread_have_their_own_users() {
    assert_nothing_wrong(Flavour::CurrentThread);
}

#[test]
fn tasks_on_many_threads_have_their_own_users() {
    assert_nothing_wrong(Flavour::MultiThread);
}
