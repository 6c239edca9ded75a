//! A new file begins where the clock says so. The test waits for the next minute.
#![allow(clippy::unwrap_used)] // Clippy does not treat helpers as test code.

mod support;

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use support::{files, log, numbers, with_sink};
use whose::RecordSink;
use whose_json_lines::{JsonLines, Rotation};

const LONG: Duration = Duration::from_secs(30);

fn minute() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap()
        .as_secs()
        / 60
}

#[test]
fn next_minute_begins_a_new_file() {
    let folder = tempfile::tempdir().unwrap();
    let builder = JsonLines::builder(folder.path()).prefix("shop");
    let sink = builder.rotation(Rotation::Minutely).open().unwrap();
    with_sink(sink.clone(), || {
        log(2);
        assert!(sink.flush(LONG).is_complete());
        let first = minute();
        while minute() == first {
            std::thread::sleep(Duration::from_millis(200));
        }
        log(3);
        assert!(sink.shutdown(LONG).is_complete());
    });
    // The sink may have been opened just before a minute, and the first records made after it.
    let written: Vec<_> = files(folder.path())
        .into_iter()
        .map(|name| numbers(&folder.path().join(name)))
        .filter(|numbers| !numbers.is_empty())
        .collect();
    assert_eq!(written, [vec![0, 1], vec![0, 1, 2]]);
    #[cfg(unix)]
    for name in files(folder.path()) {
        use std::os::unix::fs::PermissionsExt;
        let metadata = std::fs::metadata(folder.path().join(&name)).unwrap();
        assert_eq!(metadata.permissions().mode() & 0o777, 0o600, "{name}");
    }
}
