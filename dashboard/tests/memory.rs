//! The peak memory of the real binary stays below 64 MiB with a large store. Linux reports it.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used)] // Clippy does not treat helpers as test code.

use std::io::Read;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use tempfile::TempDir;
use tracing::info_span;
use tracing_subscriber::prelude::*;
use whose::{RecordSink, User};
use whose_store::{Store, WhenFull};

/// The most memory of a query of any size.
const MAX_KIB: u64 = 64 * 1024;

fn store_of(work: impl FnOnce()) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::builder(folder.path().join("whose.db"));
    let store = store.when_full(WhenFull::Block).open().unwrap();
    let layer = whose::layer().with_sink(store.clone());
    tracing::subscriber::with_default(tracing_subscriber::registry().with(layer), work);
    let _ = store.flush(Duration::from_secs(600));
    folder
}

/// The lines that are read. Memory does not grow after them.
const LINES: usize = 20_000;

/// The peak memory of the command, and the lines read of its output. The output exceeds a pipe, so
/// the command is still running when its memory is measured.
fn peak_kib(folder: &Path, arguments: &[&str]) -> (u64, usize) {
    let mut child = Command::new(env!("CARGO_BIN_EXE_whose"))
        .args(arguments)
        .current_dir(folder)
        .env_remove("WHOSE_DB")
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let status = format!("/proc/{}/status", child.id());
    let mut out = child.stdout.take().unwrap();
    let (mut peak, mut lines, mut buffer) = (0, 0, vec![0; 1 << 16]);
    while lines < LINES {
        let read = out.read(&mut buffer).unwrap();
        lines += buffer[..read].iter().filter(|byte| **byte == b'\n').count();
        let status = std::fs::read_to_string(&status).unwrap_or_default();
        let most = status.lines().find_map(|line| {
            let kib = line.strip_prefix("VmHWM:")?.trim().strip_suffix(" kB")?;
            kib.parse().ok()
        });
        peak = most.unwrap_or(peak);
        if read == 0 {
            break;
        }
    }
    drop(out);
    assert!(child.wait().unwrap().success());
    (peak, lines)
}

fn assert_peak_is_small(folder: &Path, arguments: &[&str]) {
    let (peak, lines) = peak_kib(folder, &[arguments, &["--limit", "0"]].concat());
    assert!(lines >= LINES, "{arguments:?}: {lines} lines");
    assert!(
        (1_000..MAX_KIB).contains(&peak),
        "{arguments:?}: {peak} KiB"
    );
}

#[test]
fn queries_of_one_large_user_stay_below_64_mib() {
    let folder = store_of(|| {
        whose::user("alice").session("s-1").in_scope(|| {
            (0..300_000).for_each(|number| drop(info_span!("request", number)));
        });
    });
    assert_peak_is_small(folder.path(), &["audit", "--user", "alice"]);
    assert_peak_is_small(folder.path(), &["audit", "--user", "alice", "--json"]);
    assert_peak_is_small(folder.path(), &["search", "request"]);
}

#[test]
fn queries_of_many_users_stay_below_64_mib() {
    let folder = store_of(|| {
        for number in 0..100_000_u64 {
            let user =
                User::new(format!("user-{number}")).with_email(format!("{number}@example.com"));
            let scope = whose::user(user).session(format!("session-{number}"));
            scope.in_scope(|| whose::usage("gpt-4o-mini").input_tokens(number).record());
        }
    });
    assert_peak_is_small(folder.path(), &["users"]);
    assert_peak_is_small(folder.path(), &["sessions", "--json"]);
    assert_peak_is_small(folder.path(), &["cost"]);
}
