//! Stores for the gate, and its outcomes.

use std::path::Path;
use std::process::Output;
use std::time::Duration;

use tempfile::TempDir;
use tracing::{info, info_span};
use tracing_subscriber::prelude::*;
use whose::RecordSink;
use whose_store::Store;

use super::whose;

/// The file of the call sites below.
pub(crate) const FILE: &str = file!();
/// Their target.
pub(crate) const TARGET: &str = module_path!();

/// A folder with a store of the records of `work`.
pub(crate) fn folder_of(work: impl FnOnce()) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    append(folder.path(), work);
    folder
}

/// Adds the records of `work` to the store.
pub(crate) fn append(folder: &Path, work: impl FnOnce()) {
    let store = Store::open(folder.join("whose.db")).unwrap();
    let subscriber = tracing_subscriber::registry().with(whose::layer().with_sink(store.clone()));
    tracing::subscriber::with_default(subscriber, work);
    assert!(store.flush(Duration::from_secs(60)).is_complete());
}

pub(crate) fn nightly() {
    drop(info_span!("nightly").entered());
}

pub(crate) fn sweep() {
    drop(info_span!("sweep").entered());
}

/// Nine records with a user and one without.
pub(crate) fn one_of_ten() {
    nightly();
    whose::user("alice").in_scope(|| (0..8).for_each(|_| info!("hers")));
    whose::anonymous().in_scope(|| info!("a visitor's"));
}

pub(crate) fn gate(folder: &Path, arguments: &[&str]) -> Output {
    whose(folder, &[&["coverage", "--wide"], arguments].concat())
}

/// What a failing gate prints on stdout and stderr.
pub(crate) fn failure(folder: &Path, arguments: &[&str]) -> (String, String) {
    let output = gate(folder, arguments);
    assert_eq!(output.status.code(), Some(3), "{arguments:?}: {output:?}");
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (text(output.stdout), text(output.stderr))
}

/// The error of an invalid command line or file.
pub(crate) fn usage_error(folder: &Path, arguments: &[&str]) -> String {
    let output = gate(folder, arguments);
    assert_eq!(output.status.code(), Some(2), "{arguments:?}: {output:?}");
    assert!(output.stdout.is_empty(), "{arguments:?}: {output:?}");
    String::from_utf8(output.stderr).unwrap()
}
