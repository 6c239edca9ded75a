//! Each record is one line of JSON, in a file that only its owner reads.
#![allow(clippy::unwrap_used)] // Clippy does not treat helpers as test code.

mod support;

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use support::{files, lines, log, numbers, with_sink};
use tempfile::TempDir;
use tracing_subscriber::prelude::*;
use whose::{RecordSink, Scope, ScopeExt};
use whose_json_lines::{JsonLines, JsonLinesBuilder, OpenError, Rotation};

const LONG: Duration = Duration::from_secs(30);

fn one_file() -> (TempDir, PathBuf, JsonLinesBuilder) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("whose.jsonl");
    let builder = JsonLines::builder(folder.path()).rotation(Rotation::Never);
    (folder, path, builder)
}

#[test]
fn flushed_records_are_lines_with_user_and_session() {
    let (_folder, path, builder) = one_file();
    let sink = builder.open().unwrap();
    with_sink(sink.clone(), || {
        whose::user("al\"ice\nx").session("s-1").in_scope(|| {
            let span = tracing::info_span!("order", item = "tea");
            span.in_scope(|| tracing::warn!("low stock"));
        });
        whose::capture_message("nobody's");
    });
    assert!(sink.flush(LONG).is_complete());

    let lines = lines(&path);
    let types: Vec<_> = lines
        .iter()
        .map(|line| line["type"].as_str().unwrap())
        .collect();
    assert_eq!(types, ["event", "span", "error"]);
    for line in &lines[..2] {
        assert_eq!(
            (&line["user.id"], &line["session.id"]),
            (&"al\"ice\nx".into(), &"s-1".into())
        );
    }
    assert_eq!(lines[1]["fields"]["item"], "tea");
    assert!(lines[2].get("user.id").is_none());
    assert_eq!(lines[2]["whose.unattributed"], "no_scope");
}

/// Requests in tasks that each make events; every line has the user of its request.
async fn serve(requests: u64) {
    let request = |id: u64| async move {
        whose::set_user(format!("user-{id}"));
        for n in 0..20_u64 {
            tracing::info!(n, owner = format!("user-{id}"), "step");
            tokio::task::yield_now().await;
        }
    };
    let tasks: Vec<_> = (0..requests)
        .map(|id| whose::task::spawn(request(id).with_scope(Scope::isolated())))
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
}

fn check_served(runtime: &tokio::runtime::Runtime) {
    let (_folder, path, builder) = one_file();
    let sink = builder.open().unwrap();
    let layer = whose::layer().with_sink(sink.clone());
    let dispatch = tracing::Dispatch::new(tracing_subscriber::registry().with(layer));
    let served = tracing::instrument::WithSubscriber::with_subscriber(serve(50), dispatch.clone());
    // The tasks of other threads find the subscriber of the process.
    let _ = tracing::dispatcher::set_global_default(dispatch);
    runtime.block_on(served);
    assert!(sink.flush(LONG).is_complete());
    assert_eq!(sink.dropped(), 0);

    let lines = lines(&path);
    let events: Vec<_> = lines
        .iter()
        .filter(|line| line["type"] == "event")
        .collect();
    assert_eq!(events.len(), 50 * 20);
    for event in events {
        assert_eq!(event["user.id"], event["fields"]["owner"]);
    }
}

#[test]
fn lines_of_tasks_have_their_users_on_a_current_thread_runtime() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    // The subscriber of the process belongs to the other test.
    let (_folder, path, builder) = one_file();
    let sink = builder.open().unwrap();
    with_sink(sink.clone(), || runtime.block_on(serve(50)));
    assert!(sink.shutdown(LONG).is_complete());
    let lines = lines(&path);
    let events: Vec<_> = lines
        .iter()
        .filter(|line| line["type"] == "event")
        .collect();
    assert_eq!(events.len(), 50 * 20);
    for event in events {
        assert_eq!(event["user.id"], event["fields"]["owner"]);
    }
}

#[test]
fn lines_of_tasks_have_their_users_on_a_multi_thread_runtime() {
    let mut runtime = tokio::runtime::Builder::new_multi_thread();
    check_served(&runtime.worker_threads(4).build().unwrap());
}

#[test]
fn dropped_last_handle_writes_every_line_in_order() {
    let (_folder, path, builder) = one_file();
    with_sink(builder.open().unwrap(), || log(10_000));
    assert_eq!(numbers(&path), (0..10_000).collect::<Vec<_>>());
}

#[test]
fn record_after_shutdown_is_counted() {
    let (_folder, path, builder) = one_file();
    let sink = builder.open().unwrap();
    with_sink(sink.clone(), || {
        log(3);
        assert!(sink.shutdown(LONG).is_complete());
        log(2);
    });
    assert_eq!(sink.dropped(), 2);
    assert_eq!(sink.shutdown(LONG).not_taken(), 2);
    assert_eq!(numbers(&path), [0, 1, 2]);
}

#[test]
fn reopened_file_is_continued_after_a_torn_line() {
    let (_folder, path, builder) = one_file();
    fs::write(&path, "{\"n\":1}\n{\"torn").unwrap();
    with_sink(builder.open().unwrap(), || log(1));
    let text = fs::read_to_string(&path).unwrap();
    let written: Vec<_> = text.lines().collect();
    assert_eq!(written[..2], ["{\"n\":1}", "{\"torn"]);
    assert!(written[2].starts_with("{\"type\":\"event\""), "{text}");
    assert_eq!(written.len(), 3);
}

#[cfg(unix)]
#[test]
fn new_file_has_mode_of_its_owner_or_the_given_one() {
    use std::os::unix::fs::PermissionsExt;

    let mode = |path: &PathBuf| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    let (_folder, path, builder) = one_file();
    drop(builder.open().unwrap());
    assert_eq!(mode(&path), 0o600);
    let (_folder, path, builder) = one_file();
    drop(builder.file_mode(0o640).open().unwrap());
    assert_eq!(mode(&path), 0o640);
}

#[test]
fn oldest_files_are_deleted_and_no_file_of_another_program() {
    let folder = tempfile::tempdir().unwrap();
    let foreign = [
        "whose.prices.jsonl",
        "whose.2020-01-01.jsonl.gz",
        "other.2020-01-01.jsonl",
    ];
    let own = [
        "whose.2020-01-01.jsonl",
        "whose.2020-01-02.jsonl",
        "whose.2020-01-03.jsonl",
    ];
    for name in foreign.iter().chain(&own) {
        fs::write(folder.path().join(name), "{}\n").unwrap();
    }
    fs::create_dir(folder.path().join("whose.2019-01-01.jsonl")).unwrap();
    let sink = JsonLines::builder(folder.path())
        .max_files(2)
        .open()
        .unwrap();
    let left = files(folder.path());
    for name in foreign.iter().chain(&own[2..]) {
        assert!(left.iter().any(|left| left == name), "{name} {left:?}");
    }
    // One older file and the current one, beside the foreign files and the folder.
    assert_eq!(left.len(), foreign.len() + 3, "{left:?}");

    // The current file stays, also where it alone is kept and another program run begins.
    with_sink(sink.clone(), || log(2));
    assert!(sink.shutdown(LONG).is_complete());
    let sink = JsonLines::builder(folder.path())
        .max_files(1)
        .open()
        .unwrap();
    with_sink(sink.clone(), || log(1));
    assert!(sink.shutdown(LONG).is_complete());
    let current = files(folder.path());
    let current = current.iter().find(|name| {
        name.starts_with("whose.20")
            && name.ends_with(".jsonl")
            && **name != "whose.2019-01-01.jsonl"
    });
    assert_eq!(numbers(&folder.path().join(current.unwrap())), [0, 1, 0]);
}

#[test]
fn folder_that_cannot_be_written_is_refused_at_the_start() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    fs::write(&file, "").unwrap();
    let error = JsonLines::daily(file.join("logs")).unwrap_err();
    assert!(matches!(error, OpenError::Unwritable { .. }), "{error:?}");
    assert!(error.to_string().contains("choose a folder"), "{error}");
    for name in ["a/b", "..\\x", "new\nline"] {
        let error = JsonLines::builder(folder.path()).prefix(name).open();
        assert!(
            matches!(error, Err(OpenError::InvalidName { .. })),
            "{name:?}"
        );
    }
    let nameless = JsonLines::builder(folder.path())
        .prefix("")
        .rotation(Rotation::Never);
    assert!(matches!(
        nameless.open(),
        Err(OpenError::InvalidName { .. })
    ));
}

#[test]
fn missing_folder_is_created() {
    let folder = tempfile::tempdir().unwrap();
    let sink = JsonLines::daily(folder.path().join("a/b")).unwrap();
    with_sink(sink.clone(), || log(1));
    assert!(sink.flush(LONG).is_complete());
    assert_eq!(files(sink.folder()).len(), 1);
}
