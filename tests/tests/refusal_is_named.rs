//! A refused write is named once for each call site: alone in its process.

use std::io::Write;
use std::sync::{Arc, Mutex};

use tracing_subscriber::prelude::*;
use whose::Scope;

#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_refused_write_is_named_once_for_each_call_site_and_says_what_to_do() {
    let lines = Lines::default();
    let writer = lines.clone();
    tracing_subscriber::registry()
        .with(whose::layer())
        .with(
            tracing_subscriber::fmt::layer()
                .with_writer(move || writer.clone())
                .with_ansi(false),
        )
        .init();

    Scope::isolated().in_scope(|| ());
    let first = line!() + 2;
    for _ in 0..100 {
        whose::set_user("alice");
    }
    whose::set_user("bob");

    let text = String::from_utf8(lines.0.lock().unwrap().clone()).unwrap();
    let named: Vec<_> = text
        .lines()
        .filter(|line| line.contains("refused"))
        .collect();
    assert_eq!(named.len(), 2, "{text}");
    assert!(
        named[0].contains(&format!("refusal_is_named.rs:{first}:")),
        "{text}"
    );
    assert!(named[0].contains("whose::global()"), "{text}");
    assert_eq!(whose::stats().refused_writes, 101);
}
