//! Three requests whose records become lines of JSON; the program prints the lines.
//!
//! Run it with `cargo run -p whose-json-lines --example request_lines`.

use std::error::Error;
use std::fs;
use std::time::Duration;

use tracing_subscriber::prelude::*;
use whose::Scope;
use whose_json_lines::JsonLines;

fn main() -> Result<(), Box<dyn Error>> {
    let folder = std::env::temp_dir().join(format!("whose-json-lines-{}", std::process::id()));
    let lines = JsonLines::daily(&folder)?;
    let layer = whose::layer().with_sink(lines);
    tracing_subscriber::registry().with(layer).init();

    for user in ["alice", "bob", ""] {
        Scope::isolated().in_scope(|| request(user));
    }
    if !whose::shutdown(Duration::from_secs(10)).is_complete() {
        return Err("lines were lost".into());
    }

    let mut written = 0;
    for entry in fs::read_dir(&folder)? {
        let text = fs::read_to_string(entry?.path())?;
        print!("{text}");
        written += text.lines().count();
    }
    fs::remove_dir_all(&folder)?;
    match written {
        // A span and an event of each request, and a link for each login.
        8 => Ok(()),
        other => Err(format!("expected 8 lines, found {other}").into()),
    }
}

fn request(user: &str) {
    tracing::info_span!("request").in_scope(|| {
        tracing::info!("checking out");
        if !user.is_empty() {
            whose::set_user(user);
        }
    });
}
