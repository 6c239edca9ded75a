//! A strict test detects a task spawned without its scope. These tests run alone in their
//! processes, because a record of such a task does not identify its test.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::{Command, Stdio};

use tokio::runtime::Builder;
use tracing::info;
use whose::ScopeExt as _;
use whose::testing::{Recorder, require_user};

/// A handler that spawns a task without its scope.
async fn handler() {
    info!("in the handler");
    let task = tokio::spawn(async { info!("in the task") });
    task.await.expect("the task ends");
}

/// The failure message of the strict test. `None` if the test passes.
fn run(mut runtime: Builder, others: usize) -> Option<String> {
    let failed = catch_unwind(AssertUnwindSafe(|| {
        let runtime = runtime.build().expect("a runtime");
        runtime.block_on(async {
            let _others: Vec<_> = (0..others).map(|_| Recorder::start()).collect();
            let strict = require_user();
            handler().with_scope(whose::user("alice")).await;
            strict.check();
            std::mem::forget(strict);
        });
    }));
    let panic = failed.err()?;
    panic.downcast_ref::<String>().cloned()
}

/// Runs a test of this file in its own process, and returns the standard error of the process.
/// `None` inside that process.
fn in_own_process(test: &str) -> Option<String> {
    const INNER: &str = "WHOSE_TESTS_INNER";
    if std::env::var_os(INNER).is_some() {
        return None;
    }
    let executable = std::env::current_exe().expect("the path of this program");
    let output = Command::new(executable)
        .args(["--exact", test, "--nocapture"])
        .env(INNER, "1")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .output()
        .expect("another process");
    let error = String::from_utf8_lossy(&output.stderr).into_owned();
    let out = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success() && out.contains("1 passed"),
        "{out}\n{error}"
    );
    Some(error)
}

#[track_caller]
fn assert_task_fails_test(builder: Builder) {
    let message = run(builder, 0).expect("the strict test fails");
    for part in [
        "in the task",
        "require_user_in_spawned_tasks.rs:",
        "whose::task::spawn",
    ] {
        assert!(message.contains(part), "{message}");
    }
}

#[test]
fn bare_task_on_one_thread_fails_only_strict_test() {
    if in_own_process("bare_task_on_one_thread_fails_only_strict_test").is_none() {
        assert_task_fails_test(Builder::new_current_thread());
    }
}

#[test]
fn bare_task_on_many_threads_fails_only_strict_test() {
    if in_own_process("bare_task_on_many_threads_fails_only_strict_test").is_none() {
        assert_task_fails_test(Builder::new_multi_thread());
    }
}

#[test]
fn bare_task_beside_other_tests_is_printed_once() {
    let Some(error) = in_own_process("bare_task_beside_other_tests_is_printed_once") else {
        assert_eq!(run(Builder::new_current_thread(), 1), None);
        assert_eq!(run(Builder::new_multi_thread(), 1), None);
        return;
    };
    let printed: Vec<_> = error
        .lines()
        .filter(|line| line.contains("in the task"))
        .collect();
    assert_eq!(printed.len(), 1, "{error}");
    for part in ["require_user_in_spawned_tasks.rs:", "whose::task::spawn"] {
        assert!(printed[0].contains(part), "{error}");
    }
}
