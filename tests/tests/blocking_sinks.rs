//! A blocking sink delays one panic and one delivery thread, not one thread for each panic. The
//! test runs alone in its process, because the test counts threads.

use std::panic::catch_unwind;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};

use tracing_subscriber::prelude::*;
use whose::{Record, RecordSink};

/// A sink that blocks until the test releases the record.
struct BlockingSink {
    released: Mutex<Receiver<()>>,
    delivered: Mutex<Sender<Arc<Record>>>,
}

impl RecordSink for BlockingSink {
    fn record(&self, record: &Arc<Record>) {
        let _ = self.released.lock().unwrap().recv();
        let _ = self.delivered.lock().unwrap().send(record.clone());
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
    let ((release, released), (sender, records)) = (channel(), channel());
    let sink = BlockingSink {
        released: Mutex::new(released),
        delivered: Mutex::new(sender),
    };
    tracing_subscriber::registry()
        .with(whose::layer().with_sink(sink))
        .init();
    std::panic::set_hook(Box::new(|_| ()));
    whose::panic::install();

    let before = whose::stats().unrecorded_panics;
    for n in 0..PANICS {
        let panicking = || whose::user(n).in_scope(|| panic!("number {n}"));
        catch_unwind(panicking).expect_err("a panic");
        if cfg!(target_os = "linux") {
            assert_eq!(delivery_threads(), 1);
        }
    }
    let lost = whose::stats().unrecorded_panics - before;
    let lost = usize::try_from(lost).expect("a count");
    assert!((1..PANICS).contains(&lost), "{lost} of {PANICS} lost");

    // Once the test releases the sink, the queued panics arrive in order, each with its user.
    (0..PANICS).for_each(|_| release.send(()).expect("the sink waits"));
    for n in 0..PANICS - lost {
        let record = records.recv().expect("a record");
        assert_eq!(record.message(), Some(&*format!("number {n}")));
        assert_eq!(record.user_id(), Some(&*n.to_string()));
    }
    let panicking = || whose::user("last").in_scope(|| panic!("last"));
    release.send(()).expect("the sink waits");
    catch_unwind(panicking).expect_err("a panic");
    let record = records.recv().expect("the last record");
    assert_eq!(record.user_id(), Some("last"));
}
