//! Backtraces of captured errors.

use std::backtrace::{Backtrace, BacktraceStatus};
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use crate::diagnostics::truncate::truncate_bytes;
use crate::diagnostics::Limits;

/// Whether errors get a backtrace.
///
/// The setting is independent of `RUST_BACKTRACE`. Many environments set that variable for panics,
/// and a backtrace of every error is expensive. The grouping of errors must not depend on an
/// environment variable either.
#[derive(Debug, Default)]
pub(crate) struct Backtraces(AtomicBool);

impl Backtraces {
    pub(crate) fn set(&self, on: bool) {
        self.0.store(on, Relaxed);
    }

    /// Enables backtraces where `other` has them enabled.
    pub(crate) fn join(&self, other: &Self) {
        self.0.fetch_or(other.0.load(Relaxed), Relaxed);
    }

    /// Captures a backtrace without resolving its symbols; `None` where backtraces are disabled.
    pub(crate) fn take(&self) -> Option<Backtrace> {
        let backtrace = self.0.load(Relaxed).then(Backtrace::force_capture)?;
        (backtrace.status() == BacktraceStatus::Captured).then_some(backtrace)
    }
}

/// Resolves a backtrace to text, truncated to the limit.
pub(crate) fn backtrace_text(backtrace: &Backtrace) -> Box<str> {
    truncate_bytes(&backtrace.to_string(), Limits::BACKTRACE_BYTES).into()
}

/// How many frames identify an error: the callers near the error matter, the path from `main` does
/// not.
const FRAMES: usize = 5;

/// The innermost functions of the application, without the hash that differs between builds.
pub(crate) fn in_app_frames(backtrace: &str) -> Vec<&str> {
    let mut lines = backtrace.lines().peekable();
    let mut own = Vec::new();
    while let Some(line) = lines.next() {
        let Some((number, symbol)) = line.trim_start().split_once(": ") else {
            continue;
        };
        if !number.bytes().all(|byte| byte.is_ascii_digit()) {
            continue;
        }
        let file = lines
            .next_if(|line| line.trim_start().starts_with("at "))
            .unwrap_or_default();
        if is_own(symbol, file) {
            own.push(without_hash(symbol));
        }
        if own.len() == FRAMES {
            break;
        }
    }
    own
}

fn is_own(symbol: &str, file: &str) -> bool {
    const OF_OTHERS: [&str; 12] = [
        "core",
        "std",
        "alloc",
        "whose",
        "tokio",
        "tracing",
        "tracing_core",
        "tracing_subscriber",
        "futures_util",
        "test",
        "backtrace",
        "rayon_core",
    ];
    let path = symbol.trim_start_matches(['<', '&', '(']);
    let Some((root, _)) = path.split_once("::") else {
        // The entry into the program: `main`, `_start`, `__rust_begin_short_backtrace`.
        return false;
    };
    let is_of_others = OF_OTHERS.contains(&root)
        || file.contains("/rustc/")
        || file.contains("/.cargo/registry/")
        || file.contains("\\.cargo\\registry\\");
    !is_of_others
}

/// The symbol without the build hash of its crate.
fn without_hash(symbol: &str) -> &str {
    match symbol.rsplit_once("::h") {
        Some((name, hash)) if hash.len() == 16 && hash.bytes().all(|b| b.is_ascii_hexdigit()) => {
            name
        }
        _ => symbol,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn in_app_frames_exclude_build_paths() {
        let backtrace = "   0: whose::capture::report::capture\n             at ./src/x.rs:1:1
   1: shop::pay::charge::h0123456789abcdef
             at ./src/pay.rs:17:9
   2: <shop::Cart as shop::Total>::total
             at ./src/cart.rs:3:4
   3: serde_json::de::from_str
             at /home/a/.cargo/registry/src/index/serde_json/src/de.rs:5
   4: core::ops::function::FnOnce::call_once
             at /rustc/abc/library/core/src/ops/function.rs:253:5
   5: shop::main
   6: main
   7: __libc_start_main\n";
        assert_eq!(
            in_app_frames(backtrace),
            [
                "shop::pay::charge",
                "<shop::Cart as shop::Total>::total",
                "shop::main"
            ]
        );
        assert!(in_app_frames("").is_empty());
    }
}
