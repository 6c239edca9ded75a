//! A sink that blocks delays one panic and one thread, not one thread for each panic. This test
//! runs alone in its process, because it counts the threads.

use std::panic::catch_unwind;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};

use tracing_subscriber::prelude::*;
use whose::{Record, RecordSink};

/// Blocks until the test says that a record may pass.
struct Stalled {
    may_pass: Mutex<Receiver<()>>,
    passed: Mutex<Sender<Arc<Record>>>,
}

impl RecordSink for Stalled {
    fn record(&self, record: &Arc<Record>) {
        let _ = self.may_pass.lock().unwrap().recv();
        let _ = self.passed.lock().unwrap().send(record.clone());
    }
}

fn delivery_threads() -> usize {
    let tasks = std::fs::read_dir("/proc/self/task").expect("the threads of this process");
    let names =
        tasks.filter_map(|task| std::fs::read_to_string(task.ok()?.path().join("comm")).ok());
    names.filter(|name| name.trim() == "whose-panic").count()
}

#[test]
fn blocking_sink_delays_one_panic_and_one_thread() {
    const PANICS: usize = 100;
    let ((pass, may_pass), (sender, passed)) = (channel(), channel());
    let sink = Stalled {
        may_pass: Mutex::new(may_pass),
        passed: Mutex::new(sender),
    };
    tracing_subscriber::registry()
        .with(whose::layer().with_sink(sink))
        .init();
    std::panic::set_hook(Box::new(|_| ()));
    whose::panic::install();

    let before = whose::stats().unrecorded_panics;
    for n in 0..PANICS {
        let panics = || whose::user(n).in_scope(|| panic!("number {n}"));
        catch_unwind(panics).expect_err("a panic");
        if cfg!(target_os = "linux") {
            assert_eq!(delivery_threads(), 1);
        }
    }
    let lost = whose::stats().unrecorded_panics - before;
    let lost = usize::try_from(lost).expect("a count");
    assert!((1..PANICS).contains(&lost), "{lost} of {PANICS} lost");

    // What was queued is delivered in order once the sink goes on, each to its user.
    (0..PANICS).for_each(|_| pass.send(()).expect("the sink waits"));
    for n in 0..PANICS - lost {
        let record = passed.recv().expect("a record");
        assert_eq!(record.message(), Some(&*format!("number {n}")));
        assert_eq!(record.user_id(), Some(&*n.to_string()));
    }
    let panics = || whose::user("last").in_scope(|| panic!("last"));
    pass.send(()).expect("the sink waits");
    catch_unwind(panics).expect_err("a panic");
    let record = passed.recv().expect("the last record");
    assert_eq!(record.user_id(), Some("last"));
}
