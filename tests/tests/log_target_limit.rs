//! The memory for targets of `log` records is bounded. This test runs alone in its process, because
//! the bound holds for the process.

use std::collections::HashSet;
use std::panic::catch_unwind;

use log::{Level, Log, RecordBuilder};
use tracing_log::LogTracer;
use whose::testing::Recorder;

const TARGETS: usize = 10_000;
const MAX_INTERNED: usize = 4_096;

#[test]
fn targets_past_limit_stay_fields_and_panic_files_are_kept() {
    let rec = Recorder::start();
    let tracer = LogTracer::new();
    for n in 0..TARGETS {
        let (target, file) = (format!("target-{n}"), format!("file-{n}.rs"));
        let mut record = RecordBuilder::new();
        record.level(Level::Info).target(&target);
        let line = u32::try_from(n).unwrap();
        record.file(Some(&file)).line(Some(line));
        tracer.log(&record.args(format_args!("x")).build());
    }
    let events = rec.events();
    assert_eq!(events.len(), TARGETS);
    let mut interned = HashSet::new();
    for (n, event) in events.iter().enumerate() {
        let (target, file) = (format!("target-{n}"), format!("file-{n}.rs"));
        if event.target() == "log" {
            assert_eq!(event.field("log.target").unwrap(), &*target);
            assert_eq!(event.field("log.file").unwrap(), &*file);
            assert_eq!(event.field("log.line").unwrap().as_u64(), Some(n as u64));
            assert_eq!(event.call_site(), None);
        } else {
            let site = event.call_site().unwrap();
            assert_eq!((event.target(), site.file), (&*target, &*file));
            interned.extend([event.target().as_ptr(), site.file.as_ptr()]);
        }
    }
    assert!(
        interned.len() > MAX_INTERNED - 2 && interned.len() <= MAX_INTERNED,
        "{}",
        interned.len()
    );

    whose::panic::install();
    let line = line!() + 1;
    let _ = catch_unwind(|| panic!("after the targets"));
    let site = rec.errors()[0].call_site().unwrap();
    assert_eq!((site.file, site.line), (file!(), line));
}
