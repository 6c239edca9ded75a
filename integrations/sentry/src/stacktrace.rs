//! The stack trace of an error: its backtrace, or else its call site.

use sentry_core::protocol::{Frame, Stacktrace};
use whose::Record;

/// Parts of the paths of the code that no application wrote.
const FOREIGN: [&str; 3] = ["/rustc/", "/.cargo/registry/", "/rust/library/"];

/// The frames, outermost first, as Sentry orders them.
pub(crate) fn of(record: &Record) -> Option<Stacktrace> {
    let mut frames = record.backtrace().map(frames_of).unwrap_or_default();
    if frames.is_empty() {
        let site = record.call_site()?;
        frames.push(Frame {
            function: record.span_path().next().map(String::from),
            filename: Some(site.file.into()),
            lineno: Some(site.line.into()),
            in_app: Some(true),
            ..Frame::default()
        });
    }
    frames.reverse();
    Some(Stacktrace {
        frames,
        ..Stacktrace::default()
    })
}

/// The frames of a backtrace as the standard library prints it: a line with number and symbol, and a
/// line with the place.
fn frames_of(backtrace: &str) -> Vec<Frame> {
    let mut frames: Vec<Frame> = Vec::new();
    for line in backtrace.lines().map(str::trim_start) {
        if let Some(place) = line.strip_prefix("at ") {
            if let Some(frame) = frames.last_mut() {
                add_place(frame, place);
            }
        } else if let Some((number, symbol)) = line.split_once(": ")
            && number.bytes().all(|byte| byte.is_ascii_digit())
        {
            frames.push(Frame {
                function: Some(symbol.trim_end().into()),
                in_app: Some(false),
                ..Frame::default()
            });
        }
    }
    frames
}

/// Adds a place of the form `file:line:column`.
fn add_place(frame: &mut Frame, place: &str) {
    let mut parts = place.trim_end().rsplitn(3, ':');
    let column = parts.next().and_then(|it| it.parse().ok());
    let line = parts.next().and_then(|it| it.parse().ok());
    let file = parts.next().unwrap_or(place);
    frame.filename = Some(file.into());
    (frame.lineno, frame.colno) = (line, column);
    frame.in_app = Some(!FOREIGN.iter().any(|foreign| file.contains(foreign)));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn backtrace_of_the_standard_library_becomes_frames() {
        let text = "   0: shop::charge\n             at ./src/shop.rs:12:5\n   1: core::ops::call\n             \
                    at /rustc/abc/library/core/src/ops.rs:250:5\n   2: main\n";
        let frames = frames_of(text);
        let shown: Vec<_> = frames
            .iter()
            .map(|frame| (frame.function.as_deref(), frame.lineno, frame.in_app))
            .collect();
        assert_eq!(
            shown,
            [
                (Some("shop::charge"), Some(12), Some(true)),
                (Some("core::ops::call"), Some(250), Some(false)),
                (Some("main"), None, Some(false)),
            ]
        );
        assert_eq!(frames[0].filename.as_deref(), Some("./src/shop.rs"));
    }
}
